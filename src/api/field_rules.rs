//! The rule that a field of a request breaks -> the same in Chinese. The sentences of all hand-made fields stand in one
//! table; those of records come with their definitions.

/// A rule as the code says it, and the same in Chinese.
const RULES: &[(&str, &str)] = &[
    ("your role does not see this field: leave it out", "您的角色看不到这个字段：请不要填写。"),
    ("you have no team: name one, or ask an admin for one", "您没有团队：指定一个，或请管理员分配。"),
    ("a note has at most 1,000 characters", "备注最多 1000 个字符。"),
    ("a note has at most 400 characters", "备注最多 400 个字符。"),
    ("a body has at most 256 KiB", "内容最多 256 KiB。"),
    ("owntracks, traccar, json or gpsd is expected", "应为 owntracks、traccar、json 或 gpsd。"),
    ("a device's name has 1 to 60 characters", "设备名称应为 1 到 60 个字符。"),
    ("a title has 1 to 120 characters on one line", "标题应为一行，1 到 120 个字符。"),
    ("a topic has at most 40 characters on one line", "话题应为一行，最多 40 个字符。"),
    (
        "a link is an address that begins with https:// or http://, 400 characters at most",
        "链接应为以 https:// 或 http:// 开头的地址，最多 400 个字符。",
    ),
    ("name who is to do it", "请指定由谁来做。"),
    ("wgs84, gcj02 or bd09 is expected", "应为 wgs84、gcj02 或 bd09。"),
    ("a code has 60 characters at most", "编号最多 60 个字符。"),
    ("give a radius in metres, or an outline", "请给出半径（米）或轮廓。"),
    ("a circle needs lat and lon", "圆形区域需要 lat 和 lon。"),
    ("5 to 50 calls of 100 may show no hints", "每 100 次沟通中可以有 5 到 50 次不显示提示。"),
    ("nothing is shown for 90 days at most", "最多 90 天不显示。"),
    ("the first account needs a login and a name", "第一个账号需要登录名和姓名。"),
    ("a token lasts 1 to 365 days", "令牌有效期为 1 到 365 天。"),
    ("name what the token is for, or leave `scopes` out", "请写明令牌的用途，或不填 scopes。"),
    (
        "0, 0 is no position: let the phone measure where it is, then check in",
        "0, 0 不是有效位置：请让手机重新定位后再签到。",
    ),
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
    ("a check-in is sent within 72 hours of when it was made", "签到应在发生后 72 小时内发送。"),
    (
        "the header `x-phone-ms` must say what the phone's clock shows",
        "请求头 x-phone-ms 应为手机时钟的时间。",
    ),
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
];

/// The rule in Chinese; `None` when there is no sentence for it.
pub fn sentence(rule: &str) -> Option<&'static str> {
    RULES.iter().find(|(en, _)| *en == rule).map(|(_, zh)| *zh)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every rule that stands in the code is in the table, and no other.
    #[test]
    fn every_rule_has_a_chinese_sentence() {
        let mut sources = Vec::new();
        gather(std::path::Path::new("src/api"), &mut sources);
        let mut said = std::collections::BTreeSet::new();
        for source in &sources {
            for text in source.split("BadField(").skip(1) {
                let arguments = text.split("\")").next().unwrap_or_default();
                let arguments = arguments.replace("\\\"", "");
                let literals = arguments.split('"').skip(1).step_by(2);
                said.extend(
                    literals
                        .filter(|text| text.contains(' ') && text.len() > 4 && !text.contains(['{', '}']))
                        .map(str::to_owned),
                );
            }
        }
        let missing: Vec<_> = said.iter().filter(|rule| sentence(rule).is_none()).collect();
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
