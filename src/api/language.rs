//! Problems in the caller's language: English as they are made, Chinese where the caller prefers it.

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;

use super::problem::problem;
use super::refusal::Told;

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
        "consent_required" => "客户还不知情或没有同意，不能开始收听：请先按公司规定告知客户或征得同意。",
        "consent_is_final" => "客户已拒绝或撤回，不能再改为同意：需要时请开始新的沟通。",
        "do_not_analyse" => "这家客户不同意测量：与其沟通时请不要使用设备。",
        "ear_down" => "收音程序正在重启：请稍候一两秒再试。",
        "devices_slow" => "设备的输入没有及时列出来：再试一次。",
        "too_many_calls" => "同时进行的沟通已达上限：请结束一次后再开始。",
        "call_is_over" => "这次沟通已结束：请开始新的沟通。",
        "no_ticket_needed" => "这次沟通由设备自己收音，不需要凭票。",
        "no_such_call" => "没有这次沟通。",
        "no_such_hint" => "这次沟通没有这条提示。",
        "call_is_withdrawn" => "客户不同意，这次沟通的数据已全部删除。",
        "bad_review" => "沟通结果未保存：请检查话题的数目和长度、备注的长度；选了话题须同时选择有异议。",
        "bad_playbook" => "规则有错：请用“检查”查看需要修改的行和规则。",
        "playbook_misfit" => "与某个团队的规则冲突：请先修改该团队的规则，再发布。",
        "bad_range" => "应请求一段字节，首尾齐全，最多 4 MiB：Range: bytes=0-16383。",
        "not_by_http" => {
            "这台设备使用 https：用 http 发送的内容可能已被他人读到。请改用 https://，并更换其中的密码或令牌。"
        }
        "no_such_page" => "没有这个页面或接口。",
        "bad_call_id" => "沟通编号有误：应为 16 位十六进制数字。",
        "bad_id" => "编号不对：应为从 1 开始的整数。",
        "bad_body" => "请求的内容无法识别：请检查 JSON 的字段和类型。",
        "slow_body" => "请求的内容没有及时传完：一次发完。",
        "crowded" => "同时传来的内容太多：过一秒再试。",
        "too_many_open" => "您打开的连接太多：先关掉一些。",
        "not_in_scope" => "这个令牌不能做这件事：新建一个范围合适的令牌。",
        "password_needed" => "令牌不能新建令牌：用密码登录再试。",
        "others_records" => "这家客户还有其他成员的记录：请管理员删除。",
        "position_far" => "您的位置离客户太远：请到达后再签到。",
        "bad_path" => "请求的路径无法识别。",
        "bad_query" => "请求的查询参数无法识别：请检查名称和取值。",
        "bad_field" => "有一项填写有误：请检查取值和长度。",
        "bad_login" => "登录名不可用：应为 2 到 64 个字母、数字或 . - _ @。",
        "bad_password" => "密码太简单：至少 10 个字符，不能与登录名相同。",
        "foreign_origin" => "不回答别的网站的请求：直接打开设备的地址。",
        "foreign_host" => "这个主机名不是本设备的：用设备的地址，或设置 public_url。",
        "many_hosts" => "一个请求只能有一个 Host，且和地址里的一样。",
        "unknown_device" => "这台设备不认识或已停用：重新登记。",
        "no_location_consent" => "本人尚未同意定位：请先在“我的位置”里同意。",
        "encrypted" => "读不了加密的消息：关掉 OwnTracks 的加密，改用 https。",
        "bad_positions" => "位置数据无法识别：请检查格式和字段。",
        "position_stale" => "定位已超过 60 秒：请重新定位后再签到。",
        "position_wide" => "定位误差超过 200 米：请到窗边或室外再试。",
        "bad_sites" => "地点表有错：请按提示修改对应的行和列后再导入。",
        "bad_photo" => "不是照片或文件太大：请使用 2 MB、2000 万像素以内的 JPEG、PNG 或 WebP。",
        "missing" => "没有这条记录。",
        "stale" => "这条记录刚被他人修改：请重新加载后再修改。",
        "illegal_step" => "这一步与已有的单据不符：请按提示处理。",
        "credit_blocked" => "该客户有超期应收款，按信用政策暂不能发货：写明理由后再试。",
        "conflict" => "与已有记录冲突：请更换名称，或先处理有关的记录。",
        "idempotency_key_reused" => "这个幂等键已用于另一个请求：新的请求用新的键。",
        "disk_full" => "磁盘已满，没有任何改动：请腾出空间后重试。",
        "overloaded" => "同时写入过多：请稍候一秒再试。",
        "stopping" => "设备正在停止。",
        "internal" => "设备出错，没有任何改动。",
        "not_allowed" => "您的角色没有此权限：请有权限的同事处理，或请管理员调整角色。",
        "not_signed_in" => "尚未登录：请先登录。",
        "wrong_password" => "登录名或密码错误。",
        "bad_token" => "令牌无效或已过期：请新建令牌。",
        "no_csrf_token" => "缺少 x-csrf-token，或它不对：从 GET /api/v1/session 取得。",
        "link_used_up" => "链接已使用、已过期或不完整：请管理员重新发送。",
        "too_many_attempts" => "登录尝试过多：请一分钟后再试。",
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
