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
    ("a grade is A, B or C", "等级是 A、B 或 C。"),
    ("a datum is wgs84, gcj02 or bd09", "坐标系应为 wgs84、gcj02 或 bd09。"),
    ("a latitude lies from -90 to 90 degrees", "纬度应在 -90 到 90 之间。"),
    ("a longitude lies from -180 to 180 degrees", "经度应在 -180 到 180 之间。"),
    ("degrees are expected, such as 31.2304", "应为度数，例如 31.2304。"),
    (
        "the row has more fields than the first line: quote commas",
        "这一行的列比第一行多：含逗号的内容请加引号。",
    ),
    ("a name has 1 to 120 characters on one line", "名称是一行字，1 到 120 个。"),
    ("an alias has up to 120 characters on one line", "别名是一行字，最多 120 个。"),
    ("up to 60 characters on one line are expected", "一行字，最多 60 个。"),
    (
        "a phone number has digits, spaces and `+ - ( ) # *`, 32 at most",
        "电话只有数字、空格和 + - ( ) # *，最多 32 个。",
    ),
    ("yes or no (是 or 否) is expected", "填是或否。"),
    ("nobody has this login or name", "没有人是这个登录名或姓名。"),
    ("this colleague is beyond your reach", "这位同事不归您管。"),
    ("several colleagues have this name: give the login", "有几位同事同名：请填登录名。"),
];

/// Why a row of a table was not taken, in Chinese; as it is when there is no sentence for it.
pub fn in_chinese(rule: &str) -> String {
    if let Some(line) = between(rule, "line ", " has this name already") {
        return format!("第 {line} 行已经有这个名称。");
    }
    if let Some(name) = between(rule, "there is a client `", "` already: look it up, or choose another name")
    {
        return format!("已经有客户“{name}”：去查一下，或者换个名称。");
    }
    sentence(rule).unwrap_or(rule).to_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

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
        for folder in ["src/api", "src/customers"] {
            gather(std::path::Path::new(folder), &mut sources);
        }
        let mut said = std::collections::BTreeSet::new();
        for source in &sources {
            for start in ["BadField(", "BadCard::new("] {
                for text in source.split(start).skip(1) {
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
        }
        let missing: Vec<_> = said.iter().filter(|rule| sentence(rule).is_none()).collect();
        assert!(said.len() > 15 && missing.is_empty(), "{missing:?}");
    }

    /// Rules stand where they are kept; each has its sentence here.
    #[test]
    fn every_rule_of_a_table_has_a_chinese_sentence() {
        let sources = [
            include_str!("../customers/card.rs"),
            include_str!("../customers/table.rs"),
            include_str!("clients/import.rs"),
        ];
        let kept = sources.map(|source| source.split("#[cfg(test)]").next().unwrap()).join("\n");
        let words = kept.split('"').skip(1).step_by(2);
        let rules: Vec<_> = words.filter(|text| text.contains(' ') && !text.contains(['{', '\n'])).collect();
        let known = |rule: &&str| sentence(rule).is_some();
        let unknown: Vec<_> =
            rules.iter().filter(|rule| !known(rule) && !NOT_OF_ROWS.contains(rule)).collect();
        assert_eq!(unknown, [&""; 0]);
    }

    /// What is said of a whole table, or to those who read the description.
    const NOT_OF_ROWS: [&str; 5] = [
        " +-()#*",
        "bad_body: no table of these kinds",
        "the table is neither UTF-8 nor GB18030: save it as CSV UTF-8, then send it again",
        "the first line has no column `name` (名称): it names the columns, one client a line below it",
        "bad_body: over 4 MiB",
    ];

    #[test]
    fn names_and_lines_stay_in_the_sentence() {
        assert_eq!(in_chinese("line 12 has this name already"), "第 12 行已经有这个名称。");
        let taken = crate::customers::taken("华东医药");
        assert_eq!(in_chinese(&taken), "已经有客户“华东医药”：去查一下，或者换个名称。");
        assert_eq!(in_chinese("a new rule"), "a new rule");
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
