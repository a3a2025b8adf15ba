//! What is wrong with a field of a request: its name, a stable code, and a sentence in both languages. The sentences of
//! all hand-made fields stand in one table; those of records come with their definitions.

use serde::Serialize;
use utoipa::ToSchema;

use super::refusal::Refusal;
use crate::sites::BadSite;
use crate::units::Words;

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldError {
    /// The field's name, as the request writes it.
    pub field: String,
    /// `bad_value` for example. Codes never change.
    pub code: &'static str,
    /// One sentence: the rule, and what to do.
    pub message: String,
}

/// A rule as the code says it, and the same in Chinese.
const RULES: &[(&str, &str)] = &[
    ("you have no team: name one, or ask an admin for one", "您没有团队：指定一个，或请管理员分配。"),
    ("a note has at most 1,000 characters", "备注最多 1000 个字符。"),
    ("a note has at most 400 characters", "备注最多 400 个字符。"),
    ("a body has at most 256 KiB", "内容最多 256 KiB。"),
    ("owntracks, traccar, json or gpsd is expected", "应为 owntracks、traccar、json 或 gpsd。"),
    ("a device's name has 1 to 60 characters", "设备名称应为 1 到 60 个字符。"),
    ("a title has 1 to 120 characters on one line", "标题应为一行，1 到 120 个字符。"),
    ("a topic has at most 40 characters on one line", "话题应为一行，最多 40 个字符。"),
    (
        "a link is an address that begins with http, 400 characters at most",
        "链接应为以 http 开头的地址，最多 400 个字符。",
    ),
    ("name who is to do it", "请指定由谁来做。"),
    ("wgs84, gcj02 or bd09 is expected", "应为 wgs84、gcj02 或 bd09。"),
    ("a code has 60 characters at most", "编号最多 60 个字符。"),
    ("give a radius in metres, or an outline", "请给出半径（米）或轮廓。"),
    ("a circle needs lat and lon", "圆形区域需要 lat 和 lon。"),
    ("5 to 50 calls of 100 may show no hints", "每 100 次沟通中可以有 5 到 50 次不显示提示。"),
    ("nothing is shown for 90 days at most", "最多 90 天不显示。"),
    ("the first account needs a login and a name", "第一个账号需要登录名和姓名。"),
    ("a token lasts 1 to 3650 days", "令牌有效期为 1 到 3650 天。"),
    (
        "a playbook is `{\"text\": \"…\"}` with the file as its text",
        "话术规则应写成 {\"text\": \"…\"}，内容是规则文件的全文。",
    ),
    (
        "a playbook has the key `default`, or `team-3` for team 3",
        "话术规则的键是 default，或 team-3 这样的团队键。",
    ),
    ("a reason has 1 to 400 characters", "原因应为 1 到 400 个字符。"),
    ("only format 1 is known", "只支持格式 1。"),
    ("this colleague has left: name another", "这位同事已离开：请另选一位。"),
    ("an address has at most 500 characters", "地址最多 500 个字符。"),
    (
        "1 to 50 topics such as `call.ended`, `client.*` or `*`",
        "1 到 50 个主题，例如 call.ended、client.* 或 *。",
    ),
    (
        "degrees from -90 to 90, and lon from -180 to 180, are expected",
        "纬度应在 -90 到 90 之间，经度应在 -180 到 180 之间。",
    ),
    ("the phone's clock is fast by more than a minute: set it", "手机的时间快了一分钟以上：请校准。"),
    ("name a site, a client, or nowhere: one of them", "地点、客户、都不是：三选一。"),
    ("name a site, or a client", "请指定地点或客户。"),
    ("a name has 1 to 80 characters on one line", "姓名应为一行，1 到 80 个字符。"),
    ("a client needs a name", "客户需要名称。"),
    ("a client has 20 aliases at most", "一个客户最多 20 个别名。"),
    ("a client has 50 contacts at most", "一个客户最多 50 位联系人。"),
    ("a contact needs a name", "联系人需要姓名。"),
    ("a grade is A, B or C", "等级应为 A、B 或 C。"),
    ("a datum is wgs84, gcj02 or bd09", "坐标系应为 wgs84、gcj02 或 bd09。"),
    ("a latitude lies from -90 to 90 degrees", "纬度应在 -90 到 90 之间。"),
    ("a longitude lies from -180 to 180 degrees", "经度应在 -180 到 180 之间。"),
    ("degrees are expected, such as 31.2304", "应为度数，例如 31.2304。"),
    (
        "the row has more fields than the first line: quote commas",
        "这一行的列比第一行多：含逗号的内容请加引号。",
    ),
];

/// A field and what is wrong with it, in both languages; `None` for a refusal that is not about a field.
pub fn of(refusal: &Refusal) -> Option<(String, Words)> {
    let said = |field: &str, rule: String| {
        let zh = RULES.iter().find(|(en, _)| *en == rule).map_or("取值不对：检查内容和长度。", |(_, zh)| zh);
        Some((field.to_owned(), Words::new(zh.to_owned(), rule)))
    };
    match refusal {
        Refusal::BadField(field, rule) => said(field, (*rule).to_owned()),
        Refusal::BadCard(bad) => said(bad.field, bad.rule.to_owned()),
        Refusal::UnknownKind { .. } => said("kind", refusal.to_string()),
        Refusal::UnknownRole(_) => said("role", refusal.to_string()),
        Refusal::UnknownApp(_) => said("app", refusal.to_string()),
        Refusal::BadNotice(bad) => said(bad.0, refusal.to_string()),
        Refusal::BadHours(_) => said("hours", refusal.to_string()),
        Refusal::BadSite(BadSite::Text(field, ..)) => said(field, refusal.to_string()),
        Refusal::BadSite(BadSite::Place(..)) => said("lat", refusal.to_string()),
        Refusal::BadSite(_) => said("outline", refusal.to_string()),
        Refusal::BadLogin(_) => said("login", refusal.to_string()),
        Refusal::BadPassword(_) => said("password", refusal.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every rule that stands in the code is in the table, and no other.
    #[test]
    fn every_rule_has_a_chinese_sentence() {
        let mut sources = Vec::new();
        for folder in ["src/api", "src/customers"] {
            gather(std::path::Path::new(folder), &mut sources);
        }
        let mut said = std::collections::BTreeSet::new();
        for source in &sources {
            for start in ["BadField(", "BadCard::new("] {
                for text in source.split(start).skip(1) {
                    let arguments = text.split(')').next().unwrap_or_default();
                    let literals = arguments.split('"').skip(1).step_by(2);
                    said.extend(
                        literals
                            .filter(|text| text.contains(' ') && !text.ends_with('\\'))
                            .map(str::to_owned),
                    );
                }
            }
        }
        let known = |rule: &str| RULES.iter().any(|(en, _)| *en == rule);
        let missing: Vec<_> = said.iter().filter(|rule| !known(rule)).collect();
        assert!(said.len() > 15 && missing.is_empty(), "{missing:?}");
    }

    fn gather(folder: &std::path::Path, sources: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                gather(&entry.path(), sources);
            } else if entry.path().extension().is_some_and(|end| end == "rs")
                && !entry.path().ends_with("field_rules.rs")
            {
                sources.push(std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
}
