//! Problems in the caller's language: English as they are made, Chinese where the caller prefers it.

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;

use super::refusal::{Told, problem};

/// Turns the sentence of a problem into Chinese when the caller asked for that.
pub async fn translate(request: Request, next: Next) -> Response {
    let zh = prefers_chinese(request.headers());
    let response = next.run(request).await;
    let told = response.extensions().get::<Told>().filter(|_| zh).cloned();
    let Some((told, sentence)) = told.and_then(|told| sentence(told.code).map(|said| (told, said))) else {
        return response;
    };
    let detail = match told.fields.first() {
        Some(fault) => format!("`{}`：{}", fault.field, fault.said.zh),
        None => sentence.to_owned(),
    };
    let mut translated = problem(response.status(), detail, told, |said| &said.zh);
    translated.headers_mut().insert(header::CONTENT_LANGUAGE, header::HeaderValue::from_static("zh-CN"));
    translated
}

/// The first language that is named counts; weights among languages are not looked at.
pub fn prefers_chinese(headers: &HeaderMap) -> bool {
    let languages = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    languages.trim_start().to_ascii_lowercase().starts_with("zh")
}

/// What a problem says, by its code.
fn sentence(code: &str) -> Option<&'static str> {
    Some(match code {
        "consent_required" => {
            "对方还不知道或没有同意，设备就不会听：按本单位的规定先告诉对方或征得同意，再开始。"
        }
        "consent_is_final" => "对方已经拒绝或撤回，不能再改成同意：需要时开始一次新的谈话。",
        "do_not_analyse" => "这个客户不愿意被测量：谈话时不要使用设备。",
        "ear_down" => "收音的程序正在重启：等一两秒再试。",
        "devices_slow" => "设备的输入没有及时列出来：再试一次。",
        "too_many_calls" => "同时听的对话已经满了：结束一个再开始。",
        "call_is_over" => "这次对话已经结束：开始一次新的。",
        "no_ticket_needed" => "这次对话由设备自己收音，不需要入场券。",
        "no_such_call" => "没有这次对话。",
        "no_such_hint" => "这次对话没有这条提示。",
        "call_is_withdrawn" => "对方不愿意，这次对话什么都没留。",
        "bad_review" => "这份记录存不下：检查话题的数目和长度、备注的长度，有话题就要说有异议。",
        "bad_playbook" => "这份规则有错：用“检查”看哪一行、哪条规则要改。",
        "playbook_misfit" => "有团队的规则和它对不上：先改那个团队的规则，再发布这一份。",
        "no_such_page" => "没有这个页面或接口。",
        "bad_call_id" => "对话编号不对：应为 16 位十六进制数字。",
        "bad_id" => "编号不对：应为从 1 开始的整数。",
        "bad_body" => "请求的内容读不懂：检查 JSON 的字段和类型。",
        "slow_body" => "请求的内容没有及时传完：一次发完。",
        "crowded" => "同时传来的内容太多：过一秒再试。",
        "too_many_open" => "您打开的连接太多：先关掉一些。",
        "not_in_scope" => "这个令牌不能做这件事：新建一个范围合适的令牌。",
        "password_needed" => "令牌不能新建令牌：用密码登录再试。",
        "others_records" => "这个客户还有别人的记录：请管理员来删除。",
        "position_far" => "您的位置离那里太远：到了再签到。",
        "bad_path" => "请求的路径读不懂。",
        "bad_query" => "请求的查询参数读不懂：检查名称和取值。",
        "bad_field" => "有一项填得不对：检查它的取值和长度。",
        "bad_table" => "这个表格读不懂：第一行写列名（必须有“名称”），存为 UTF-8 或 GB18030 的 CSV。",
        "bad_login" => "登录名不行：2 到 64 个字母、数字或 . - _ @。",
        "bad_password" => "密码太简单：至少 10 个字符，不能和登录名一样。",
        "foreign_origin" => "不回答别的网站的请求：直接打开设备的地址。",
        "foreign_host" => "这个主机名不是本设备的：用设备的地址，或设置 public_url。",
        "many_hosts" => "一个请求只能有一个 Host，且和地址里的一样。",
        "unknown_device" => "这台设备不认识或已停用：重新登记。",
        "no_location_consent" => "本人还没有同意定位：先在页面的“位置”里同意。",
        "encrypted" => "读不了加密的消息：关掉 OwnTracks 的加密，改用 https。",
        "bad_positions" => "位置数据读不懂：检查格式和字段。",
        "position_stale" => "这个位置超过 60 秒了：重新定位后再签到。",
        "position_wide" => "定位误差超过 200 米：走到窗边或室外再试。",
        "bad_sites" => "这份地点表读不懂：看提示的行和列，改好再导入。",
        "bad_photo" => "这不是照片，或太大：用 2 MB、2000 万像素以内的 JPEG、PNG 或 WebP。",
        "missing" => "没有这条记录。",
        "stale" => "别人刚改过这条记录：重新读一次，再决定怎么改。",
        "conflict" => "和已有的记录冲突：换一个名称，或先处理有关的记录。",
        "idempotency_key_reused" => "这个幂等键已用于另一个请求：新的请求用新的键。",
        "disk_full" => "磁盘满了，什么也没有改动：腾出空间再试。",
        "overloaded" => "同时写入的太多：过一秒再试。",
        "stopping" => "设备正在停止。",
        "internal" => "设备这边出了错，什么也没有改动。",
        "not_allowed" => "您的角色不能这样做：请有权限的同事来做，或请管理员调整角色。",
        "not_signed_in" => "还没有登录：先登录。",
        "wrong_password" => "登录名或密码不对。",
        "bad_token" => "令牌不认识或已过期：新建一个。",
        "no_csrf_token" => "缺少 x-csrf-token，或它不对：从 GET /api/v1/session 取得。",
        "link_used_up" => "这个链接用过了、过期了或不完整：请管理员再发一个。",
        "too_many_attempts" => "登录尝试太多：过一分钟再试。",
        "if_match_required" => "缺少 If-Match：带上您读到的 ETag。",
        "bad_if_match" => "If-Match 不是本设备的 ETag，例如 \"v3\"。",
        "bad_idempotency_key" => "Idempotency-Key 应为 1 到 128 个可见字符。",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_counts() {
        let prefers = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, text.parse().unwrap());
            prefers_chinese(&headers)
        };
        assert!(prefers("zh-CN,zh;q=0.9,en;q=0.8") && prefers("ZH"));
        assert!(!prefers("en-GB,zh;q=0.5") && !prefers(""));
    }

    /// Codes stand in `refusal.rs`; each has its sentence here.
    #[test]
    fn every_code_has_a_chinese_sentence() {
        let source = include_str!("refusal.rs").split("impl Refusal {").nth(1).unwrap();
        let codes = source.split("(StatusCode::").skip(1).chain(source.split("rejection.status()").skip(1));
        let codes: Vec<_> = codes.filter_map(|text| text.split('"').nth(1)).collect();
        assert!(codes.len() > 30);
        for code in codes {
            assert!(sentence(code).is_some(), "`{code}` has no sentence");
        }
    }
}
