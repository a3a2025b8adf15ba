//! Why a step is not taken: a code, and a sentence with the value, the rule and the mend in both languages.

use super::money::yuan;
use super::quantity::Quantity;
use crate::units::Words;

/// Why a step from a contract to its payment is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Zero, negative, or finer than a thousandth.
    BadQuantity,
    /// Zero or negative.
    BadAmount,
    Overflow,
    NotSigned,
    /// It was issued: it is corrected by a new row.
    Issued(Issued),
    ForeignLine,
    TooMuchShipped {
        left: Quantity,
    },
    NotShipped,
    Received,
    NotApproved,
    TooMuchSigned {
        left: Quantity,
    },
    TooMuchReturned {
        left: Quantity,
    },
    /// What is returned was invoiced.
    InvoicedGoods,
    TooMuchInvoiced {
        left_fen: i64,
    },
    NoInvoiceToReverse,
    TooMuchReversed {
        left_fen: i64,
    },
    NotIssued,
    RedIsNotPaid,
    OtherClient,
    TooMuchAllocated {
        open_fen: i64,
    },
    PaymentUsedUp {
        rest_fen: i64,
    },
    NoPaymentToRefund,
    NotThatAllocation,
    TooMuchTakenBack {
        left_fen: i64,
    },
    /// Deleted rows count no longer; others may have taken their place.
    StaysDeleted,
    /// The role may not overrule a blocked shipment.
    MayNotOverrule,
    /// A reason or an approval says why goods went out.
    AdviceStands,
}

/// What was issued, and so stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issued {
    Contract,
    Shipment,
    Receipt,
    Invoice,
    /// Not issued yet: only its number and its day may be set.
    Draft,
    Payment,
    Allocation,
}

impl Refused {
    /// The field that the reason is about.
    pub fn field(&self) -> &'static str {
        match self {
            Self::BadQuantity
            | Self::TooMuchShipped { .. }
            | Self::TooMuchSigned { .. }
            | Self::TooMuchReturned { .. }
            | Self::InvoicedGoods => "quantity",
            Self::ForeignLine => "line",
            Self::NotSigned => "contract",
            Self::NotShipped | Self::Received => "shipment",
            Self::NotApproved => "shipped_on",
            Self::NoInvoiceToReverse => "reverses",
            Self::NotIssued | Self::RedIsNotPaid | Self::OtherClient => "invoice",
            Self::NoPaymentToRefund => "refunds",
            Self::NotThatAllocation => "takes_back",
            Self::MayNotOverrule | Self::AdviceStands => "reason",
            Self::Issued(_) | Self::StaysDeleted => "id",
            _ => "amount",
        }
    }

    /// Stable; clients branch on it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadQuantity => "bad_quantity",
            Self::BadAmount => "bad_amount",
            Self::Overflow => "overflow",
            Self::NotSigned => "contract_not_signed",
            Self::Issued(_) => "issued",
            Self::ForeignLine => "foreign_line",
            Self::TooMuchShipped { .. } => "more_than_contracted",
            Self::NotShipped => "not_shipped",
            Self::Received => "signed_for",
            Self::NotApproved => "not_approved",
            Self::TooMuchSigned { .. } => "more_than_shipped",
            Self::TooMuchReturned { .. } => "more_than_signed_for",
            Self::InvoicedGoods => "goods_invoiced",
            Self::TooMuchInvoiced { .. } => "more_than_signed_for",
            Self::NoInvoiceToReverse => "no_invoice_to_reverse",
            Self::TooMuchReversed { .. } | Self::TooMuchAllocated { .. } => "more_than_open",
            Self::NotIssued => "not_issued",
            Self::RedIsNotPaid => "red_invoice",
            Self::OtherClient => "other_client",
            Self::PaymentUsedUp { .. } => "more_than_paid",
            Self::NoPaymentToRefund => "no_payment_to_refund",
            Self::NotThatAllocation => "other_allocation",
            Self::TooMuchTakenBack { .. } => "more_than_allocated",
            Self::StaysDeleted => "stays_deleted",
            Self::MayNotOverrule => "may_not_overrule",
            Self::AdviceStands => "advice_stands",
        }
    }

    pub fn said(&self) -> Words {
        match self {
            Self::TooMuchShipped { left } => Words::new(
                format!("超过合同数量：这一行还可以发 {left}"),
                format!("more than was contracted: {left} of this line can still be shipped"),
            ),
            Self::TooMuchSigned { left } => Words::new(
                format!("超过发货数量：这一行还可以签收 {left}"),
                format!("more than was shipped: {left} of this line can still be signed for"),
            ),
            Self::TooMuchReturned { left } => Words::new(
                format!("超过签收数量：这一行还可以退 {left}"),
                format!("more than was signed for: {left} of this line can still be returned"),
            ),
            Self::TooMuchInvoiced { left_fen } => Words::new(
                format!("超过已签收未开票的金额：还可以开 {}", yuan(*left_fen)),
                format!("more than was signed for and not invoiced: {} can be invoiced", yuan(*left_fen)),
            ),
            Self::TooMuchReversed { left_fen } => Words::new(
                format!("超过发票未收金额：还可以冲红 {}，已核销的请先撤销核销", yuan(*left_fen)),
                format!(
                    "more than is open of the invoice: {} can be taken back; take allocations back first",
                    yuan(*left_fen)
                ),
            ),
            Self::TooMuchAllocated { open_fen } => Words::new(
                format!("超过发票未收金额：还有 {} 未收", yuan(*open_fen)),
                format!("more than is open of the invoice: {} is open", yuan(*open_fen)),
            ),
            Self::PaymentUsedUp { rest_fen } => Words::new(
                format!("超过这笔回款的余额：还有 {} 未核销", yuan(*rest_fen)),
                format!("more than is left of the payment: {} is not allocated", yuan(*rest_fen)),
            ),
            Self::TooMuchTakenBack { left_fen } => Words::new(
                format!("超过这笔核销的金额：还可以撤销 {}", yuan(*left_fen)),
                format!("more than was allocated: {} can be taken back", yuan(*left_fen)),
            ),
            Self::Issued(what) => what.said(),
            other => other.plain(),
        }
    }

    /// Sentences without a value in them.
    fn plain(&self) -> Words {
        let (zh, en) = match self {
            Self::BadQuantity => (
                "数量应大于 0，最多三位小数，不超过十亿",
                "a quantity is more than 0, has three decimals at most and is no more than a thousand million",
            ),
            Self::BadAmount => (
                "金额应大于 0：更正请另开红字发票、退款或撤销核销",
                "an amount is more than 0: correct by a red invoice, a refund or an allocation taken back",
            ),
            Self::Overflow => {
                ("金额太大：请分成几份合同", "the amount is too large: split it over several contracts")
            }
            Self::NotSigned => {
                ("合同尚未签订：先填写签订日期", "the contract is not signed: fill in `signed_on` first")
            }
            Self::ForeignLine => (
                "这一行不属于这份单据：请选本合同、本次发货的明细",
                "this line belongs to another contract or shipment: choose one of the same",
            ),
            Self::NotShipped => (
                "还没有发货，不能签收：先填写发货日期",
                "it has not been shipped, so it cannot be signed for: fill in `shipped_on` first",
            ),
            Self::Received => (
                "这次发货已签收，不能再加明细：请另建发货",
                "this shipment is signed for already: make another for more goods",
            ),
            Self::NotApproved => (
                "主管还没有同意这次发货：等主管同意后再发",
                "this shipment waits for approval: ship it once a manager has approved",
            ),
            Self::InvoicedGoods => {
                ("要退的货已开票：先开红字发票", "what is returned was invoiced: make a red invoice first")
            }
            other => return other.of_bills(),
        };
        Words::new(zh, en)
    }

    /// The same, of invoices, payments and what was decided.
    fn of_bills(&self) -> Words {
        let (zh, en) = match self {
            Self::NoInvoiceToReverse => (
                "请写明冲红哪张已开的蓝字发票（同一合同）",
                "name the issued invoice of the same contract that this one takes back",
            ),
            Self::NotIssued => (
                "发票还没有开出，不能核销：先填写开票日期",
                "the invoice is not issued: fill in `issued_on` first",
            ),
            Self::RedIsNotPaid => (
                "红字发票不能核销：请核销蓝字发票",
                "a red invoice takes no payment: allocate to the invoice itself",
            ),
            Self::OtherClient => (
                "回款和发票属于不同客户：请核对",
                "the payment and the invoice are of different clients: check both",
            ),
            Self::NoPaymentToRefund => (
                "请写明退的是同一客户的哪笔收款",
                "name the received payment of the same client that this refund gives back",
            ),
            Self::NotThatAllocation => (
                "撤销的核销应是同一回款、同一发票的一笔核销",
                "what is taken back is an allocation of the same payment to the same invoice",
            ),
            Self::StaysDeleted => {
                ("删除的单据不能恢复：请另建一份", "what was deleted of an order stays so: make it anew")
            }
            Self::MayNotOverrule => (
                "您的角色不能越过信用政策：请找有权的同事",
                "your role may not overrule the credit policy: ask a colleague who may",
            ),
            _ => (
                "信用建议和当时的理由不能再改",
                "the credit advice and the reason given then stay as they are",
            ),
        };
        Words::new(zh, en)
    }
}

impl Issued {
    fn said(self) -> Words {
        let (zh, en) = match self {
            Self::Contract => (
                "合同已签订，不能修改：补充请加明细；尚未发货时可先清空签订日期",
                "the contract is signed and stays as it is: add a line for more; before anything is shipped, clear `signed_on` to change it",
            ),
            Self::Shipment => (
                "已发货，不能修改：退货请另建退货签收",
                "it was shipped and stays as it is: make a receipt of kind `returned` for what comes back",
            ),
            Self::Receipt => (
                "签收不能修改：退货请另建退货签收",
                "a receipt stays as it is: make one of kind `returned` for what comes back",
            ),
            Self::Invoice => (
                "发票已开出，不能修改：请开红字发票",
                "the invoice is issued and stays as it is: make a red one",
            ),
            Self::Draft => (
                "未开出的发票只能改发票号和开票日期：金额不对请删除重建",
                "of an invoice that is not issued only number and day can be set: delete it and make another",
            ),
            Self::Payment => ("回款不能修改：请另建退款", "a payment stays as it is: make a refund"),
            Self::Allocation => {
                ("核销不能修改：请另建撤销核销", "an allocation stays as it is: make one that takes it back")
            }
        };
        Words::new(zh, en)
    }
}
