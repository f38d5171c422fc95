"""Content of our own making for the reports' tests, small and large, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pypdfium2 as pdfium
import pytest

from census_app.reports.content import (
    Blank,
    Block,
    Branch,
    CatalogueContent,
    Chart,
    Column,
    CoverContent,
    DepartmentContent,
    Entry,
    Head,
    KeyCardContent,
    Pair,
    Pairs,
    Prose,
    Register,
    Section,
    Series,
    Table,
)

DIGEST = "3f9a1c0755aa0e12b6d4c1f09e8877665544332211ffeeddccbbaa9988776655"
NAMES = (
    "排污许可证信息",
    "空气质量监测数据",
    "重点排污单位名录及自动监控设备联网情况信息（含历年变更）",
    "辐射安全许可证",
    "建设项目环境影响评价审批信息",
    "危险废物经营许可证信息",
    "江苏省地表水环境质量自动监测站小时数据（PM2.5、pH、CODMn 等指标）",
    "环境行政处罚决定书",
)


def make_head(title: str = "政务信息资源普查部门汇总", *, training: bool = False) -> Head:
    return Head(
        title=title,
        issuer="江苏省人民政府办公厅",
        department="江苏省生态环境厅",
        code="11320000014000000X",
        period="2017 年第 1 轮",
        as_of="2017-11-23 14:32",
        digest=DIGEST,
        training=training,
    )


def shares() -> Table:
    return Table(
        columns=(
            Column("共享类型", key=True),
            Column("信息资源", numeric=True),
            Column("信息项", numeric=True),
            Column("数据存储量（G）", numeric=True),
            Column("占比", numeric=True),
        ),
        rows=(
            ("无条件共享", "218", "3 904", "1 204.5", "69.9 %"),
            ("有条件共享", "82", "1 126", "318.0625", "26.3 %"),
            ("不予共享", "12", "97", "0.25", "3.8 %"),
            ("合计", "312", "5 127", "1 522.8125", "100.0 %"),
        ),
        title="按共享类型",
    )


def items(count: int, start: int = 0) -> Table:
    return Table(
        columns=(
            Column("序号", numeric=True),
            Column("信息项名称", key=True),
            Column("数据类型"),
            Column("数据长度", numeric=True),
            Column("共享类型"),
        ),
        rows=tuple(
            (str(n + 1), f"信息项{start + n + 1:03d}名称", "字符型C", str(10 + n * 7), "无条件共享")
            for n in range(count)
        ),
        title="信息项",
    )


def resource(number: int) -> Entry:
    name = NAMES[number % len(NAMES)] + (f"·第{number}类" if number >= len(NAMES) else "")
    return Entry(
        title=name,
        note=f"307010{number:05d}/{number:06d}",
        pairs=(
            Pair("信息资源提供方", "江苏省生态环境厅"),
            Pair("提供方内部部门", "环境影响评价与排放管理处"),
            Pair(
                "信息资源摘要",
                "记录排污单位的名称、统一社会信用代码、许可证编号、有效期限、主要污染物种类、许可排放浓度和许可"
                "排放量等内容，用于核发、变更、延续和注销管理。",
            ),
            Pair("格式分类", "数据库"),
            Pair("格式类型", "Oracle"),
            Pair("数据存储总量（G）", Blank.UNKNOWN),
            Pair("结构化信息记录总数（万）", "12.5"),
            Pair("共享类型", "有条件共享"),
            Pair(
                "共享条件",
                "行政许可机关在办理同一许可事项时可以查询，用途限于核验；其他部门须经本厅书面同意。",
            ),
            Pair("更新周期", "每日"),
            Pair("开放条件", Blank.EMPTY),
        ),
        tables=(items(3 + number * 5 % 17, number),),
    )


def systems() -> Table:
    rows = tuple(
        (
            f"江苏省{name}管理信息系统",
            "运行中" if n % 3 else "停用",
            "政务外网",
            f"{1200 + n * 37}.{n:02d}",
            "2012-06",
            "已联通" if n % 2 else "未联通",
        )
        for n, name in enumerate(
            (
                "排污许可",
                "环境监测",
                "机动车排气检测",
                "危险废物动态",
                "移动执法",
                "环境应急指挥调度与会商",
            )
        )
    )
    return Table(
        (
            Column("系统名称", key=True),
            Column("状态"),
            Column("接入网络"),
            Column("建设投资（万元）", numeric=True),
            Column("投用时间"),
            Column("联通情况"),
        ),
        rows,
    )


def make_department(resources: int = 12, *, training: bool = False) -> DepartmentContent:
    findings: tuple[Block, ...] = (
        Table(
            (
                Column("规则", key=True),
                Column("说明"),
                Column("错误", numeric=True),
                Column("警告", numeric=True),
                Column("已说明", numeric=True),
            ),
            (
                (
                    "RES-11",
                    "共享条件写明何种部门、何种用途可以使用，“同意”不是条件。",
                    "4",
                    "0",
                    "0",
                ),
                ("RES-5", "同名资源只有年份不同，应合并为一个资源。", "0", "9", "9"),
            ),
        ),
    )
    return DepartmentContent(
        head=make_head(training=training),
        facts=(
            Pair("联系人", "王小明"),
            Pair("联系电话", "025-8626 0000"),
            Pair("普查依据", "国办发〔2017〕39 号"),
        ),
        counts=(
            Pair("信息资源", str(resources)),
            Pair("信息项", "5 127"),
            Pair("信息系统", "6"),
            Pair("已清理系统", "2"),
        ),
        overview=(
            shares(),
            Chart(
                "各更新周期的信息资源",
                ("实时", "每日", "每周", "每月", "每季度", "每年", "其他"),
                (Series("信息资源", tuple(Decimal(n) for n in (31, 88, 12, 64, 47, 66, 4))),),
                unit="个",
            ),
        ),
        sections=(
            Section("信息系统", (systems(),)),
            Section("信息资源", tuple(resource(n) for n in range(resources))),
            Section(
                "共享需求", (Prose("本部门没有需求。\n另行函告。"), Pairs((Pair("需求数", "0"),)))
            ),
            Section("协同应用"),
        ),
        findings=findings,
    )


def make_cover(*, training: bool = False) -> CoverContent:
    return CoverContent(
        head=make_head("政务信息资源普查数据包封面", training=training),
        facts=(
            Pair("数据包", "CENSUS-11320000014000000X-0003.zip"),
            Pair("序号", "3"),
            Pair("上一包摘要", "77ab 90cd 1122 3344"),
            Pair("表单集", "v1"),
            Pair("签名密钥指纹", "0a1b 2c3d 4e5f 6071 8293 a4b5 c6d7 e8f9"),
        ),
        counts=shares(),
        notices=("本包为未完成提交：尚有 12 个错误、9 个未说明的警告。",),
    )


def make_key_card() -> KeyCardContent:
    return KeyCardContent(
        head=make_head("密钥登记卡"),
        fingerprint=DIGEST[:32],
        facts=(
            Pair("登记申请文件", "REQUEST-11320000014000000X.csr"),
            Pair("算法", "ECDSA P-256 / SHA-256"),
        ),
    )


def make_catalogue(
    departments: int = 6, each: int = 40, *, training: bool = False
) -> CatalogueContent:
    """Return a catalogue of two classes with a group for each department, and a list of systems."""
    columns = (
        Column("信息资源代码"),
        Column("信息资源名称", key=True),
        Column("部门"),
        Column("共享类型"),
        Column("更新周期"),
        Column("信息项", numeric=True),
    )

    def line(dept: int, group: int, n: int) -> tuple[str, ...]:
        name = NAMES[(n + dept) % len(NAMES)] + f"{dept + 1}-{group}-{n + 1}"
        code, body = f"307{dept:03d}/{n:06d}", f"江苏省第{dept + 1}部门"
        return (code, name, body, "有条件共享", "每日", str(n % 30))

    def branch(dept: int, group: int) -> Branch:
        rows = tuple(line(dept, group, n) for n in range(each // 2))
        return Branch(f"江苏省第{dept + 1}部门", rows, note=f"307{dept:03d}")

    classes = tuple(
        Branch(f"{title}类资源", branches=tuple(branch(dept, group) for dept in range(departments)))
        for group, title in enumerate(("业务管理", "行政许可"), start=1)
    )
    listed = tuple((f"江苏省第{n + 1}系统", f"江苏省第{n + 1}部门") for n in range(departments))
    return CatalogueContent(
        head=make_head("江苏省政务信息资源目录（汇总）", training=training),
        facts=(Pair("已接收部门", f"{departments} / 104"), Pair("编制单位", "省大数据管理中心")),
        counts=(
            Pair("系统整合数", "412"),
            Pair("共享信息数", "38 204"),
            Pair("协同应用数", "57"),
            Pair("系统联通率", "81.4 %"),
        ),
        overview=(
            shares(),
            Chart(
                "各部门共享类型",
                tuple(f"江苏省第{n + 1}部门" for n in range(departments)),
                tuple(
                    Series(name, tuple(Decimal((n * k * 7) % 50 + k) for n in range(departments)))
                    for k, name in enumerate(("无条件共享", "有条件共享", "不予共享"), start=1)
                ),
                unit="个",
                stacked=True,
            ),
        ),
        registers=(
            Register(columns, classes, indexed=True),
            Register((Column("系统名称", key=True), Column("部门")), (Branch("信息系统", listed),)),
        ),
        packages=Table(
            (Column("部门", key=True), Column("序号", numeric=True), Column("摘要（SHA-256）")),
            tuple((f"江苏省第{n + 1}部门", "1", DIGEST) for n in range(departments)),
        ),
    )


Pages = Callable[[bytes], list[str]]


@pytest.fixture
def cover() -> Callable[..., CoverContent]:
    return make_cover


@pytest.fixture
def key_card() -> Callable[..., KeyCardContent]:
    return make_key_card


@pytest.fixture
def department() -> Callable[..., DepartmentContent]:
    return make_department


@pytest.fixture
def catalogue() -> Callable[..., CatalogueContent]:
    return make_catalogue


@pytest.fixture
def head() -> Callable[..., Head]:
    return make_head


@pytest.fixture
def pages() -> Pages:
    """Return the text of every page, as PDFium finds it."""

    def read(pdf: bytes) -> list[str]:
        with pdfium.PdfDocument(pdf) as document:
            return [_page_text(page) for page in document]

    return read


def _page_text(page: pdfium.PdfPage) -> str:
    text = page.get_textpage()
    try:
        return str(text.get_text_range()).replace("\r\n", "\n")
    finally:
        text.close()
        page.close()


@pytest.fixture
def squeezed(pages: Pages) -> Callable[[bytes], str]:
    """Return the text of a whole document without any white space: names that wrap are found in it."""

    def read(pdf: bytes) -> str:
        return "".join("".join(pages(pdf)).split())

    return read
