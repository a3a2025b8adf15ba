//! Why a row of a table was not taken, in the caller's language: English as it is made, Chinese where it is preferred.

/// The rule in Chinese; as it is when there is no sentence for it.
pub fn in_chinese(rule: &str) -> String {
    if let Some(line) = between(rule, "line ", " has this name already") {
        return format!("第 {line} 行已经有这个名称");
    }
    if let Some(name) = between(rule, "there is a client `", "` already: look it up, or choose another name")
    {
        return format!("已经有客户“{name}”：去查一下，或者换个名称");
    }
    sentence(rule).unwrap_or(rule).to_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

fn sentence(rule: &str) -> Option<&'static str> {
    Some(match rule {
        "a client needs a name" => "客户要有名称",
        "a name has 1 to 120 characters on one line" => "名称是一行字，1 到 120 个",
        "an alias has up to 120 characters on one line" => "别名是一行字，最多 120 个",
        "a client has 20 aliases at most" => "别名最多 20 个",
        "a client has 50 contacts at most" => "联系人最多 50 位",
        "up to 60 characters on one line are expected" => "一行字，最多 60 个",
        "a contact needs a name" => "联系人要有姓名",
        "a phone number has digits, spaces and `+ - ( ) # *`, 32 at most" => {
            "电话只有数字、空格和 + - ( ) # *，最多 32 个"
        }
        "a datum is wgs84, gcj02 or bd09" => "坐标系是 wgs84、gcj02 或 bd09",
        "a latitude lies from -90 to 90 degrees" => "纬度在 -90 到 90 度之间",
        "a longitude lies from -180 to 180 degrees" => "经度在 -180 到 180 度之间",
        "degrees are expected, such as 31.2304" => "要填度数，比如 31.2304",
        "a grade is A, B or C" => "等级是 A、B 或 C",
        "yes or no (是 or 否) is expected" => "填是或否",
        "the row has more fields than the first line: quote commas" => {
            "这一行比第一行的列多：带逗号的内容要加引号"
        }
        "nobody has this login or name" => "没有人是这个登录名或姓名",
        "this colleague is beyond your reach" => "这位同事不归您管",
        "several colleagues have this name: give the login" => "有几位同事同名：请填登录名",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        "bad_body: not text/csv",
        "the table is neither UTF-8 nor GB18030: save it as CSV UTF-8, then send it again",
        "the first line has no column `name` (名称): it names the columns, one client a line below it",
        "bad_body: over 4 MiB",
    ];

    #[test]
    fn names_and_lines_stay_in_the_sentence() {
        assert_eq!(in_chinese("line 12 has this name already"), "第 12 行已经有这个名称");
        let taken = crate::store::clients::taken("华东医药");
        assert_eq!(in_chinese(&taken), "已经有客户“华东医药”：去查一下，或者换个名称");
        assert_eq!(in_chinese("a new rule"), "a new rule");
    }
}
