"""What a web page or a newspaper site puts around a notice."""

import re

_NAVIGATION = re.compile(
    r"^[\[【<>|·\- ]{0,4}(?:通版阅读|展开通版|收缩通版|当前版|当前位置|当前的位置|您?现?在?的?位置[：:]"
    r"|您?所在位置|您的位置|您现在|您当前|首页|打印本页|打印(?!\w)|关闭窗口|分享到|上一[篇条版期]|下一[篇条版期]"
    r"|责任编辑|责编|编辑[：:]|审核[：:]|校对[：:]|浏览|阅读[次量：:]|阅读数|点击[次量率数：:]|访问[次量]|字号|字体"
    r"|版权所有|主办单位|主办[：:]|承办|技术支持|网站地图|网站标识|返回|扫一扫|相关链接|相关阅读|相关文章|相关新闻"
    r"|推荐阅读|热门|无障碍|登录|注册(?!\w)|搜索|收藏|稿源|版面导航|版面目录|标题导航|放大|缩小|默认|友情链接"
    r"|Copyright|©|https?://|www\.)",
    re.IGNORECASE,
)
_FOOTER = re.compile(r"ICP ?[备证]|公网安备|All Rights Reserved|网站标识码", re.IGNORECASE)
_TRAIL = re.compile(r"^.*[>»›＞→]")
_LONGEST = 120


def is_navigation(line: str) -> bool:
    """Whether the line belongs to the page and not to the notice."""
    if len(line) > _LONGEST:
        return False
    return bool(_NAVIGATION.search(line) or _FOOTER.search(line))


def after_trail(line: str) -> str:
    """The last station of a line such as 首页 > 公告 > …."""
    return _TRAIL.sub("", line).strip()
