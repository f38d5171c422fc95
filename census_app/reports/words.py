"""The fixed words of our printed paper, in both languages. Labels of fields come with the content instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from census_app.reports.content import Language


@dataclass(frozen=True, slots=True)
class Words:
    """One language's furniture; `{}` fields are filled by `str.format`."""

    tag: str
    page: str
    as_of: str
    digest_short: str
    empty: str
    unknown: str
    continued: str
    no_rows: str
    number: str
    training: str
    contents: str
    findings: str
    indicators: str
    departments: str
    packages: str
    annex: str
    index: str
    index_note: str
    name_index_note: str
    code: str
    period: str
    data_as_of: str
    digest: str
    digest_note: str
    catalogue_digest: str
    catalogue_note: str
    fingerprint: str
    fingerprint_note: str
    filler: str
    compiler: str
    reviewer: str
    head: str
    date: str
    stamp: str
    key_owner: str
    compared_by: str
    card_statement: str
    cover_statement: str


_ZH: Final = Words(
    tag="zh-CN",
    page="第 {page} 页 共 {total} 页",
    as_of="数据截至 {time}",
    digest_short="摘要 {digest}",
    empty="—",
    unknown="未知",
    continued="（续）",
    no_rows="无",
    number="序号",
    training="训练数据",
    contents="目录",
    findings="检查结果",
    indicators="总体指标",
    departments="各部门目录",
    packages="所依据的数据包",
    annex="附录",
    index="名称索引",
    index_note="按名称的汉语拼音顺序排列，右侧为页码。",
    name_index_note="按信息资源名称的汉语拼音顺序排列，右侧为所在页码；多个部门使用同一名称的，依次列出各页。",
    code="部门代码",
    period="普查期",
    data_as_of="数据截至",
    digest="数据包摘要（SHA-256）",
    digest_note="接收时请扫描右侧二维码，或逐组核对上列字符。有一位不同，即不是同一个数据包。",
    catalogue_digest="目录摘要（SHA-256）",
    catalogue_note="由同一组数据包生成的目录，无论接收先后，摘要都相同。所依据的数据包见正文之后的清单。",
    fingerprint="公钥指纹（SHA-256 前 128 位）",
    fingerprint_note="请由统筹部门主动拨打其登记在案的电话，双方逐组念读核对，或核对盖章的本页。"
    "八组字符全部一致，方可签发证书。",
    filler="填报人",
    compiler="编制人",
    reviewer="审核人",
    head="负责人",
    date="日　期",
    stamp="（盖章）",
    key_owner="密钥持有人",
    compared_by="核对人（统筹部门）",
    card_statement="私钥由本单位自行保管，以口令加密，不随本页、申请文件或数据包流转；忘记口令或怀疑泄露时，"
    "应立即告知统筹部门并重新登记。软件密钥用于证明数据包自签名之后未被改动，以及由哪一把已登记的密钥签出；"
    "它不是依法设立的电子政务电子认证服务机构签发的证书，也不是国家统一电子印章，仅凭它不构成法律意义上的"
    "可靠电子签名。本软件只用于非涉密或者已脱密的内容。",
    cover_statement="关于签名的说明：数据包由软件密钥签名。该签名用于证明数据包自签名之后未被改动，以及由哪一把"
    "已登记的密钥签出；它不是依法设立的电子政务电子认证服务机构签发的证书，也不是国家统一电子印章，仅凭它不构成"
    "法律意义上的可靠电子签名。数据包以本页所列摘要为准，本页须由负责人签字并加盖公章后一并报送。"
    "所含内容应为非涉密或者已脱密内容。",
)

_EN: Final = Words(
    tag="en-US",
    page="Page {page} of {total}",
    as_of="Data as of {time}",
    digest_short="Digest {digest}",
    empty="—",
    unknown="unknown",
    continued=" (cont.)",
    no_rows="None",
    number="No.",
    training="TRAINING DATA",
    contents="Contents",
    findings="Findings of the check",
    indicators="Indicators",
    departments="Catalogue by department",
    packages="Packages this was built from",
    annex="Annex",
    index="Index of names",
    index_note="In the order of the names in pinyin; the page stands on the right.",
    name_index_note="Names of resources in the order of pinyin, with their pages; where several departments use a "
    "name, each page is listed.",
    code="Department code",
    period="Census period",
    data_as_of="Data as of",
    digest="Digest of the package (SHA-256)",
    digest_note="On receipt, scan the code on the right or compare the characters above group by group. "
    "If one of them differs, it is not the same package.",
    catalogue_digest="Digest of the catalogue (SHA-256)",
    catalogue_note="The same set of packages gives the same digest, in whatever order they arrive. The packages are "
    "listed after the chapters.",
    fingerprint="Fingerprint of the public key (first 128 bits of SHA-256)",
    fingerprint_note="The coordinator calls the number it has on file, and both sides read the groups to each other, "
    "or it compares this page with its stamp. The certificate is issued only if all eight groups agree.",
    filler="Filled in by",
    compiler="Compiled by",
    reviewer="Reviewed by",
    head="Head",
    date="Date",
    stamp="(official stamp)",
    key_owner="Holder of the key",
    compared_by="Compared by (coordinator)",
    card_statement="The private key stays with this body, encrypted with a passphrase; it never travels with this "
    "page, the request or a package. If the passphrase is forgotten or the key may have leaked, tell the coordinator "
    "at once and enrol again. The software key shows that a package has not changed since it was signed, and which "
    "enrolled key signed it. It is not a certificate from a licensed e-government certification body and not a "
    "national electronic seal; by itself it is not a reliable electronic signature in the sense of the law. This "
    "software is only for content that is not a state secret or has been declassified.",
    cover_statement="About the signature: the package is signed with a software key. The signature shows that the "
    "package has not changed since it was signed, and which enrolled key signed it. It is not a certificate from a "
    "licensed e-government certification body and not a national electronic seal; by itself it is not a reliable "
    "electronic signature in the sense of the law. The digest on this page identifies the package; the page is handed "
    "in with it, signed by the head and stamped. The content must not be a state secret, or must have been "
    "declassified.",
)

_WORDS: Final[dict[Language, Words]] = {"zh": _ZH, "en": _EN}


def words(language: Language) -> Words:
    """Return the furniture of one language."""
    return _WORDS[language]
