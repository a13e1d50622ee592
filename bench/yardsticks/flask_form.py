"""The yardstick of the web: a bare Flask app with the fields of our form, and pages of the same bytes as ours.

Served by the same gunicorn with the same settings: `bench.yardsticks.flask_form:create_app(FOLDER)`, where the folder
has the pages as `notice.html` and `form.html` and takes the database.
"""

from pathlib import Path

from flask import Flask, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect, FlaskForm
from sqlalchemy import Engine, Text, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug import Response
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, Email, Length, Optional

KINDS = ("complaint", "suggestion", "question", "report", "praise")
WAYS = ("track", "phone", "email", "post", "none")


class Base(DeclarativeBase):
    pass


class Opinion(Base):
    __tablename__ = "opinion"

    id: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    reply_by: Mapped[str] = mapped_column(Text)


class OpinionForm(FlaskForm):  # type: ignore[misc]
    item = StringField(validators=[DataRequired()])
    kind = StringField(validators=[AnyOf(KINDS)])
    subject = StringField(validators=[Length(max=100)])
    body = TextAreaField(validators=[DataRequired(), Length(max=10_000)])
    name = StringField(validators=[Length(max=100)])
    phone = StringField(validators=[Length(max=50)])
    email = StringField(validators=[Optional(), Email()])
    address = StringField(validators=[Length(max=300)])
    reply_by = StringField(validators=[Optional(), AnyOf(WAYS)])
    consent = BooleanField(validators=[DataRequired()])


STORED = [column.key for column in Opinion.__table__.columns if column.key != "id"]


def create_app(folder: str) -> Flask:
    app = Flask(__name__, template_folder=folder)
    app.config.update(SECRET_KEY="a-key-for-measuring", WTF_CSRF_TIME_LIMIT=None)
    CSRFProtect(app)
    engine = _engine(Path(folder) / "bare.sqlite3")
    Base.metadata.create_all(engine)

    @app.get("/")
    def notice() -> str:
        return render_template("notice.html")

    @app.get("/opinions/new")
    def form() -> str:
        return render_template("form.html")

    @app.post("/opinions/new")
    def send() -> ResponseReturnValue:
        form = OpinionForm()
        if not form.validate():
            abort(422)
        with Session(engine) as session:
            session.add(Opinion(**{name: form[name].data for name in STORED}))
            session.commit()
        answer: Response = redirect(url_for("notice"), 303)
        return answer

    return app


def _engine(file: Path) -> Engine:
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def prepare(connection, _record) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    return engine
