"""Names of people, firms, streets and places of the county. Everyday ones; any likeness is chance."""


def _each(*texts: str) -> tuple[str, ...]:
    return tuple(word for text in texts for word in text.split())


SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文"
)
GIVEN = _each(
    "静 伟 芳 娜 敏 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 霞 平 刚 桂英 玉兰 建国 志强 秀兰 海燕 丽华 晓明 雪梅 文博",
    "子涵 雨桐 浩然 欣怡 梓萱 一诺 嘉怡 俊杰 思远 佳琪 明辉 春梅 国栋 红梅 立新 小红 淑珍 永强 佩玲 天宇 若曦 安琪",
    "家豪 美玲 宏伟 晨曦 景行 乐天 书航",
)
ENGLISH_GIVEN = _each(
    "Emma Olivia Amelia Grace Sophie Hannah Alice Clara Ruth Nora James Oliver Henry Thomas Daniel Samuel Peter Martin",
    "Robert David Lucy Anna Julia Helen Laura Frank Simon Victor Hugo Leo",
)
ENGLISH_SURNAMES = _each(
    "Carter Bennett Hughes Foster Morgan Reed Cooper Bailey Ward Brooks Kelly Price Wood Gray Hayes Palmer Webb Mason",
    "Hunt Knight Marsh Porter Shaw Stone Walsh Fletcher Barnes Lowe Page Quinn",
)
STATIONS = (
    ("城关", "Chengguan"), ("河东", "Hedong"), ("柳林", "Liulin"), ("青山", "Qingshan"), ("石桥", "Shiqiao"),
    ("白沙", "Baisha"), ("龙泉", "Longquan"), ("双塔", "Shuangta"), ("枣园", "Zaoyuan"), ("东湖", "Donghu"),
)  # fmt: skip
STREETS = _each(
    "和平路 人民路 建设街 解放路 新华街 光明路 文化路 滨河路 学府街 幸福里 长青巷 迎宾大道 朝阳路 兴隆街 桃园路",
    "南门街 北关巷 中山路 团结路 花园街",
)
ENGLISH_STREETS = (
    "Garden Road", "Station Road", "River Street", "Mill Lane", "School Street", "Park Avenue", "Bridge Road",
)  # fmt: skip
ESTATES = _each("阳光花园 翠竹苑 锦绣小区 御景湾 书香门第 东方名城 桂花园 金色家园")
SHOPS = _each("便利店 面馆 药房 理发店 茶庄 水果店 五金店 书店 服装店 快餐店 超市 洗衣店 眼镜店 花店")
FACTORIES = _each("纺织有限公司 食品有限公司 建材有限公司 机械厂 包装有限公司 塑料制品厂 家具有限公司 粮油加工厂")
FIRM_NAMES = _each("恒源 鑫隆 宏达 瑞丰 华美 顺发 永兴 金鼎 福康 正泰 安泰 祥和 益民 嘉禾 德润 百合")
SUBSTATION_NAMES = _each("城东 城西 城南 城北 河口 柳林 青山 石桥 白沙 龙泉 双塔 枣园 东湖 工业园 新区")
# Letters and digits of paper codes: none that are taken for another one.
PAPER_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
