/* Senders of mail as cheap as can be, so that what is measured is the server:
 *
 *     smtp_load PORT SENDERS EACH SECONDS WARM_UP LETTERS [ahead]
 *
 * LETTERS is a file of messages as they go over the line, each after its length (8 bytes, little-endian). Every sender
 * waits for each reply before it goes on, or with `ahead` says MAIL, RCPT and DATA in one piece where PIPELINING is
 * offered (RFC 2920), as Postfix does, and hands EACH messages over one connection. Prints how many a second were acknowledged with 250 once WARM_UP seconds are over. Anything but
 * the reply that is hoped for ends the program with 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum step { GREETING, EHLO, MAIL, RCPT, DATA, LETTER, QUIT };
static const char hoped_for[] = {'2', '2', '2', '2', '3', '2', '2'};

struct letter { const char *words; size_t length; };

struct sender {
    int socket, step, left, is_ahead;
    size_t next, heard;
    char reply[4096];
    const char *unsent;
    size_t unsent_length;
};

static int port, each, poller, may_be_ahead;
static size_t letters_count, senders_count;
static struct letter *letters;
static uint64_t acknowledged;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void read_letters(const char *name) {
    int file = open(name, O_RDONLY);
    struct stat found;
    if (file < 0 || fstat(file, &found) < 0) fail(name);
    const char *at = mmap(NULL, found.st_size, PROT_READ, MAP_PRIVATE, file, 0), *end = at + found.st_size;
    if (at == MAP_FAILED) fail(name);
    while (at < end) {
        uint64_t length;
        memcpy(&length, at, 8);
        letters = realloc(letters, (letters_count + 1) * sizeof *letters);
        letters[letters_count++] = (struct letter){at + 8, length};
        at += 8 + length;
    }
}

static void watch(struct sender *one, int operation) {
    struct epoll_event event = {.events = EPOLLIN | (one->unsent_length ? EPOLLOUT : 0), .data.ptr = one};
    if (epoll_ctl(poller, operation, one->socket, &event) < 0) fail("epoll_ctl");
}

static void connect_anew(struct sender *one) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    one->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(one->socket, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
    setsockopt(one->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(one->socket, F_SETFL, O_NONBLOCK);
    one->step = GREETING;
    one->left = each;
    one->heard = one->unsent_length = one->is_ahead = 0;
    watch(one, EPOLL_CTL_ADD);
}

static void go_on(struct sender *one) {
    while (one->unsent_length) {
        ssize_t sent = send(one->socket, one->unsent, one->unsent_length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) break;
        if (sent < 0) fail("send");
        one->unsent += sent;
        one->unsent_length -= sent;
    }
}

static void say(struct sender *one, const char *words, size_t length) {
    one->unsent = words;
    one->unsent_length = length;
    go_on(one);
    if (one->unsent_length) watch(one, EPOLL_CTL_MOD);
}

#define SAY(one, words) say(one, words, sizeof words - 1)
#define FROM "MAIL FROM:<wang@example.com>\r\n"
#define TO "RCPT TO:<intake@localhost>\r\n"
#define BEGIN "DATA\r\n"

static void answer(struct sender *one) {
    switch (one->step) {
    case GREETING: one->step = EHLO; SAY(one, "EHLO client.example.com\r\n"); return;
    case LETTER: acknowledged++; one->left--; /* fall through */
    case EHLO:
        one->step = one->left ? MAIL : QUIT;
        if (!one->left) SAY(one, "QUIT\r\n");
        else if (one->is_ahead) SAY(one, FROM TO BEGIN);
        else SAY(one, FROM);
        return;
    case MAIL:
        one->step = RCPT;
        if (!one->is_ahead) SAY(one, TO);
        return;
    case RCPT:
        one->step = DATA;
        if (!one->is_ahead) SAY(one, BEGIN);
        return;
    case DATA:
        one->step = LETTER;
        one->next = (one->next + senders_count) % letters_count;
        say(one, letters[one->next].words, letters[one->next].length);
        return;
    case QUIT: close(one->socket); connect_anew(one); return;
    }
}

/* A line of a reply; the last of them has a space after its code. */
static void read_line(struct sender *one, const char *line, size_t length) {
    if (length < 4) return;
    if (may_be_ahead && one->step == EHLO && !strncmp(line + 4, "PIPELINING", 10)) one->is_ahead = 1;
    if (line[3] == '-') return;
    if (line[0] != hoped_for[one->step]) {
        fprintf(stderr, "at step %d: %.*s", one->step, (int)length, line);
        exit(1);
    }
    answer(one);
}

static void hear(struct sender *one) {
    ssize_t got = recv(one->socket, one->reply + one->heard, sizeof one->reply - one->heard, 0);
    if (got <= 0) { fprintf(stderr, "hung up at step %d\n", one->step); exit(1); }
    one->heard += got;
    char *line = one->reply, *after = one->reply + one->heard, *end;
    while ((end = memchr(line, '\n', after - line))) {
        read_line(one, line, end + 1 - line);
        line = end + 1;
    }
    one->heard = after - line;
    memmove(one->reply, line, one->heard);
}

int main(int count, char **words) {
    may_be_ahead = count == 8 && !strcmp(words[7], "ahead");
    if (count != 7 + may_be_ahead) {
        fprintf(stderr, "smtp_load PORT SENDERS EACH SECONDS WARM_UP LETTERS [ahead]\n");
        return 2;
    }
    port = atoi(words[1]);
    senders_count = atoi(words[2]);
    each = atoi(words[3]);
    double seconds = atof(words[4]), warm_up = atof(words[5]);
    read_letters(words[6]);
    poller = epoll_create1(0);
    struct sender *senders = calloc(senders_count, sizeof *senders);
    for (size_t number = 0; number < senders_count; number++) {
        senders[number].next = number;
        connect_anew(&senders[number]);
    }
    double began = now(), since = 0, at;
    uint64_t before = 0;
    while ((at = now()) < began + warm_up + seconds) {
        if (!since && at >= began + warm_up) { since = at; before = acknowledged; }
        struct epoll_event happened[64];
        int found = epoll_wait(poller, happened, 64, 500);
        for (int number = 0; number < found; number++) {
            struct sender *one = happened[number].data.ptr;
            if (happened[number].events & EPOLLOUT) {
                go_on(one);
                if (!one->unsent_length) watch(one, EPOLL_CTL_MOD);
            }
            if (happened[number].events & ~EPOLLOUT) hear(one);
        }
    }
    printf("%f\n", (acknowledged - before) / (now() - since));
    return 0;
}
