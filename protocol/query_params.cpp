#include "protocol/query_params.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "ledger/codes.hpp"
#include "ledger/entry/names.hpp"

namespace giro::protocol {
namespace {

bool read_account_id(const Value& value, AccountId& out, Reading& reading) {
  std::string_view id;
  if (!reading.text(value, id)) return false;
  if (!is_account_id(id)) {
    return reading.refuse(ErrorCode::invalid_value, "have 1 to 64 bytes of A-Za-z0-9._:/@-");
  }
  out = AccountId(id);
  return true;
}

// The beginning of an id, or nothing.
bool read_id_text(const Value& value, std::string& out, Reading& reading) {
  std::string_view text;
  if (!reading.text(value, text)) return false;
  if (!text.empty() && !is_account_id(text)) {
    return reading.refuse(ErrorCode::invalid_value, "have at most 64 bytes of A-Za-z0-9._:/@-");
  }
  out = text;
  return true;
}

bool read_limit(const Value& value, std::uint32_t& out, Reading& reading) {
  std::uint64_t limit = 0;
  if (!reading.count(value, 1, kPageLimitMax, limit)) return false;
  out = static_cast<std::uint32_t>(limit);
  return true;
}

bool read_order(const Value& value, bool& newest_first, Reading& reading) {
  std::string_view order;
  if (!reading.text(value, order)) return false;
  newest_first = order == "desc";
  return newest_first || order == "asc" ||
         reading.refuse(ErrorCode::invalid_value, "be asc or desc");
}

// Of which kind the statement is decides what its other fields mean, wherever it stands among them.
struct StatementParams {
  StatementQuestion question;
  std::optional<Date> from_day;
  std::optional<Date> to_day;
  std::string_view cursor;
  bool by_effective_date = false;
};

bool read_by(const Value& value, bool& by_effective_date, Reading& reading) {
  std::string_view by;
  if (!reading.text(value, by)) return false;
  by_effective_date = by == "effective_date";
  return by_effective_date || by == "at" ||
         reading.refuse(ErrorCode::invalid_value, "be at or effective_date");
}

bool read_bound(const Value& value, std::optional<Moment>& moment, std::optional<Date>& day,
                Reading& reading) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) day = parse_date(text);
  return day || reading.moment(value, moment);
}

Refusal invalid(std::string_view field, std::string_view must,
                ErrorCode code = ErrorCode::invalid_value) {
  Reading reading;
  reading.at_field(field);
  reading.refuse(code, must);
  return reading.take_refusal();
}

// Bounds that are of the other kind of statement.
std::optional<Refusal> bound_problem(const StatementParams& params) {
  if (!params.by_effective_date) {
    constexpr std::string_view kMust =
        "be a seq, or a time as in RFC 3339, such as 2026-11-23T09:00:00Z";
    if (params.from_day) return invalid("from", kMust);
    if (params.to_day) return invalid("to", kMust);
    return std::nullopt;
  }
  constexpr std::string_view kMust = "be a day, YYYY-MM-DD, in a statement by effective_date";
  if (params.question.from) return invalid("from", kMust);
  if (params.question.to) return invalid("to", kMust);
  return std::nullopt;
}

Read<StatementQuestion> question_of(StatementParams& params) {
  if (auto problem = bound_problem(params)) return std::unexpected(std::move(*problem));
  StatementQuestion& question = params.question;
  if (params.by_effective_date) {
    question.effective = EffectiveRange{.from = params.from_day.value_or(kFirstDate),
                                        .to = params.to_day.value_or(kLastDate),
                                        .cursor = parse_effective_cursor(params.cursor)};
  } else {
    question.cursor = parse_cursor(params.cursor);
  }
  const bool has_cursor = question.cursor || (question.effective && question.effective->cursor);
  if (params.cursor.empty() || has_cursor) return question;
  return std::unexpected(invalid("cursor", "be the `next` of a page of this statement"));
}

bool read_depth(const Value& value, std::uint32_t& out, Reading& reading) {
  std::uint64_t depth = 0;
  if (!reading.count(value, 0, kDepthOfTotalsMax, depth)) return false;
  out = static_cast<std::uint32_t>(depth);
  return true;
}

bool read_totals_cursor(const Value& value, std::optional<TotalsCursor>& out, Reading& reading) {
  std::string_view text;
  if (!reading.text(value, text)) return false;
  out = parse_totals_cursor(text);
  return out.has_value() ||
         reading.refuse(ErrorCode::invalid_value, "be the `next` of a page of these totals");
}

bool read_key(const Value& value, std::optional<PaymentKey>& out, Reading& reading) {
  std::string_view key;
  if (!reading.text(value, key)) return false;
  if (!is_payment_key(key)) {
    return reading.refuse(ErrorCode::invalid_value, "have 1 to 128 bytes of text");
  }
  out = PaymentKey(key);
  return true;
}

bool read_reference(const Value& value, std::optional<std::string>& out, Reading& reading) {
  std::string_view reference;
  if (!reading.text(value, reference)) return false;
  if (reference.empty() || reference.size() > kReferenceBytesMax) {
    return reading.refuse(ErrorCode::invalid_value, "have 1 to 64 bytes");
  }
  out = reference;
  return true;
}

bool read_seq(const Value& value, Seq min, Seq& out, Reading& reading) {
  return reading.count(value, min, static_cast<Seq>(kAmountMax), out);
}

// One of the names that `is_one` knows.
bool read_name(const Value& value, std::string& out, std::span<const std::string_view> known,
               std::string_view must, Reading& reading) {
  std::string_view name;
  if (!reading.text(value, name)) return false;
  out = name;
  return std::ranges::find(known, name) != known.end() ||
         reading.refuse(ErrorCode::invalid_value, must);
}

bool read_code(const Value& value, std::optional<Rejection>& out, Reading& reading) {
  std::string_view name;
  if (!reading.text(value, name)) return false;
  out = rejection_of(name);
  return (out && *out != Rejection::none) ||
         reading.refuse(ErrorCode::invalid_value, "be the code of a rejection");
}

bool read_currency(const Value& value, std::optional<CurrencyCode>& out, Reading& reading) {
  std::string_view code;
  if (!reading.text(value, code)) return false;
  if (!is_currency_code(code)) {
    return reading.refuse(ErrorCode::invalid_value, "have 2 to 12 of A-Z0-9, a letter first");
  }
  out = CurrencyCode(code);
  return true;
}

bool read_payment_code(const Value& value, std::optional<std::uint16_t>& out, Reading& reading) {
  std::uint64_t code = 0;
  if (!reading.count(value, 0, std::numeric_limits<std::uint16_t>::max(), code)) return false;
  out = static_cast<std::uint16_t>(code);
  return true;
}

// Of every question.
template <class Question>
constexpr Field<Question> kMinSeq{"min_seq", false,
                                  [](const Value& value, Question& question, Reading& reading) {
                                    return read_seq(value, 0, question.min_seq, reading);
                                  }};

using AQ = AccountQuestion;
constexpr std::array kAccountFields{
    Field<AQ>{"id", true,
              [](const Value& v, AQ& q, Reading& r) { return read_account_id(v, q.id, r); }},
    Field<AQ>{"at", false, [](const Value& v, AQ& q, Reading& r) { return r.moment(v, q.at); }},
    Field<AQ>{"effective_at", false,
              [](const Value& v, AQ& q, Reading& r) { return r.date(v, q.effective_at); }},
    kMinSeq<AQ>,
};

using AP = AccountsQuestion;
constexpr std::array kAccountsFields{
    Field<AP>{"prefix", false,
              [](const Value& v, AP& q, Reading& r) { return read_id_text(v, q.prefix, r); }},
    Field<AP>{"limit", false,
              [](const Value& v, AP& q, Reading& r) { return read_limit(v, q.limit, r); }},
    Field<AP>{"after", false,
              [](const Value& v, AP& q, Reading& r) { return read_id_text(v, q.after, r); }},
    Field<AP>{"at", false, [](const Value& v, AP& q, Reading& r) { return r.moment(v, q.at); }},
    kMinSeq<AP>,
};

using SP = StatementParams;
constexpr std::array kStatementFields{
    Field<SP>{
        "id", true,
        [](const Value& v, SP& p, Reading& r) { return read_account_id(v, p.question.id, r); }},
    Field<SP>{"from", false,
              [](const Value& v, SP& p, Reading& r) {
                return read_bound(v, p.question.from, p.from_day, r);
              }},
    Field<SP>{"to", false,
              [](const Value& v, SP& p, Reading& r) {
                return read_bound(v, p.question.to, p.to_day, r);
              }},
    Field<SP>{"limit", false,
              [](const Value& v, SP& p, Reading& r) { return read_limit(v, p.question.limit, r); }},
    Field<SP>{"order", false,
              [](const Value& v, SP& p, Reading& r) {
                return read_order(v, p.question.newest_first, r);
              }},
    Field<SP>{"cursor", false,
              [](const Value& v, SP& p, Reading& r) {
                return r.text(v, p.cursor) &&
                       (!p.cursor.empty() || r.refuse(ErrorCode::invalid_value, "not be empty"));
              }},
    Field<SP>{"by", false,
              [](const Value& v, SP& p, Reading& r) { return read_by(v, p.by_effective_date, r); }},
    Field<SP>{
        "min_seq", false,
        [](const Value& v, SP& p, Reading& r) { return read_seq(v, 0, p.question.min_seq, r); }},
};

using PQ = PaymentQuestion;
constexpr std::array kPaymentFields{
    Field<PQ>{"key", false,
              [](const Value& v, PQ& q, Reading& r) { return read_key(v, q.key, r); }},
    Field<PQ>{"seq", false,
              [](const Value& v, PQ& q, Reading& r) { return read_seq(v, 1, q.seq, r); }},
    kMinSeq<PQ>,
};

using PP = PaymentsQuestion;
constexpr std::array kPaymentsFields{
    Field<PP>{"account", false,
              [](const Value& v, PP& q, Reading& r) {
                return read_account_id(v, q.account.emplace(), r);
              }},
    Field<PP>{"type", false,
              [](const Value& v, PP& q, Reading& r) {
                return read_name(v, q.filter.type, all_types(), "be a type of entries", r);
              }},
    Field<PP>{"status", false,
              [](const Value& v, PP& q, Reading& r) {
                return read_name(v, q.filter.status, all_statuses(), "be a status of entries", r);
              }},
    Field<PP>{"code", false,
              [](const Value& v, PP& q, Reading& r) { return read_code(v, q.filter.code, r); }},
    Field<PP>{"payment_code", false,
              [](const Value& v, PP& q, Reading& r) {
                return read_payment_code(v, q.filter.payment_code, r);
              }},
    Field<PP>{"reference", false,
              [](const Value& v, PP& q, Reading& r) { return read_reference(v, q.reference, r); }},
    Field<PP>{
        "reference_prefix", false,
        [](const Value& v, PP& q, Reading& r) { return read_reference(v, q.reference_prefix, r); }},
    Field<PP>{
        "currency", false,
        [](const Value& v, PP& q, Reading& r) { return read_currency(v, q.filter.currency, r); }},
    Field<PP>{"amount_gte", false,
              [](const Value& v, PP& q, Reading& r) { return r.integer(v, q.filter.amount_gte); }},
    Field<PP>{"amount_lte", false,
              [](const Value& v, PP& q, Reading& r) { return r.integer(v, q.filter.amount_lte); }},
    Field<PP>{"from", false, [](const Value& v, PP& q, Reading& r) { return r.moment(v, q.from); }},
    Field<PP>{"to", false, [](const Value& v, PP& q, Reading& r) { return r.moment(v, q.to); }},
    Field<PP>{
        "after", false,
        [](const Value& v, PP& q, Reading& r) { return read_seq(v, 0, q.after.emplace(), r); }},
    Field<PP>{"limit", false,
              [](const Value& v, PP& q, Reading& r) { return read_limit(v, q.limit, r); }},
    Field<PP>{"order", false,
              [](const Value& v, PP& q, Reading& r) { return read_order(v, q.newest_first, r); }},
    kMinSeq<PP>,
};

using HQ = HoldsQuestion;
constexpr std::array kHoldsFields{
    Field<HQ>{"account", false,
              [](const Value& v, HQ& q, Reading& r) {
                return read_account_id(v, q.account.emplace(), r);
              }},
    Field<HQ>{
        "after", false,
        [](const Value& v, HQ& q, Reading& r) { return read_seq(v, 0, q.after.emplace(), r); }},
    Field<HQ>{"limit", false,
              [](const Value& v, HQ& q, Reading& r) { return read_limit(v, q.limit, r); }},
    Field<HQ>{"order", false,
              [](const Value& v, HQ& q, Reading& r) { return read_order(v, q.newest_first, r); }},
    kMinSeq<HQ>,
};

using SC = SchedulesQuestion;
constexpr std::array kSchedulesFields{
    Field<SC>{"account", false,
              [](const Value& v, SC& q, Reading& r) {
                return read_account_id(v, q.account.emplace(), r);
              }},
    Field<SC>{"after", false,
              [](const Value& v, SC& q, Reading& r) { return read_seq(v, 0, q.after, r); }},
    Field<SC>{"limit", false,
              [](const Value& v, SC& q, Reading& r) { return read_limit(v, q.limit, r); }},
    kMinSeq<SC>,
};

using TQ = TrialBalanceQuestion;
constexpr std::array kTrialBalanceFields{
    Field<TQ>{"at", false, [](const Value& v, TQ& q, Reading& r) { return r.moment(v, q.at); }},
    Field<TQ>{"effective_at", false,
              [](const Value& v, TQ& q, Reading& r) { return r.date(v, q.effective_at); }},
    kMinSeq<TQ>,
};

using TS = TotalsQuestion;
constexpr std::array kTotalsFields{
    Field<TS>{"prefix", false,
              [](const Value& v, TS& q, Reading& r) { return read_id_text(v, q.prefix, r); }},
    Field<TS>{"depth", false,
              [](const Value& v, TS& q, Reading& r) { return read_depth(v, q.depth, r); }},
    Field<TS>{"at", false, [](const Value& v, TS& q, Reading& r) { return r.moment(v, q.at); }},
    Field<TS>{"limit", false,
              [](const Value& v, TS& q, Reading& r) { return read_limit(v, q.limit, r); }},
    Field<TS>{"cursor", false,
              [](const Value& v, TS& q, Reading& r) { return read_totals_cursor(v, q.cursor, r); }},
    kMinSeq<TS>,
};

using From = std::optional<Seq>;
constexpr std::array kSubscribeFields{
    Field<From>{
        "from", false,
        [](const Value& v, From& from, Reading& r) { return read_seq(v, 1, from.emplace(), r); }},
};

template <class Question, std::size_t kFields>
Read<Question> read_question(const Params& params,
                             const std::array<Field<Question>, kFields>& fields) {
  Question question;
  const auto seen = read_params(params, std::span<const Field<Question>>(fields), question);
  if (!seen) return std::unexpected(seen.error());
  return question;
}

// Of a question that takes both.
template <class Question>
Read<Question> at_one(Read<Question> question) {
  if (question && question->at && question->effective_at) {
    return std::unexpected(invalid("effective_at", "be left out where there is an `at`"));
  }
  return question;
}

}  // namespace

Read<AccountQuestion> read_account_question(const Params& params) {
  return at_one(read_question(params, kAccountFields));
}
Read<AccountsQuestion> read_accounts_question(const Params& params) {
  return read_question(params, kAccountsFields);
}
Read<StatementQuestion> read_statement_question(const Params& params) {
  auto statement = read_question(params, kStatementFields);
  if (!statement) return std::unexpected(std::move(statement.error()));
  return question_of(*statement);
}
Read<PaymentQuestion> read_payment_question(const Params& params) {
  auto question = read_question(params, kPaymentFields);
  if (question && question->key.has_value() == (question->seq != 0)) {
    return std::unexpected(invalid("key", "be given, or seq; one of them", ErrorCode::malformed));
  }
  return question;
}
Read<PaymentsQuestion> read_payments_question(const Params& params) {
  auto question = read_question(params, kPaymentsFields);
  if (!question) return question;
  if (question->reference && question->reference_prefix) {
    return std::unexpected(invalid("reference_prefix", "not be given beside reference"));
  }
  if (question->filter.amount_gte > question->filter.amount_lte) {
    return std::unexpected(invalid("amount_gte", "be at most amount_lte"));
  }
  return question;
}
Read<HoldsQuestion> read_holds_question(const Params& params) {
  return read_question(params, kHoldsFields);
}
Read<SchedulesQuestion> read_schedules_question(const Params& params) {
  return read_question(params, kSchedulesFields);
}
Read<TrialBalanceQuestion> read_trial_balance_question(const Params& params) {
  return at_one(read_question(params, kTrialBalanceFields));
}
Read<TotalsQuestion> read_totals_question(const Params& params) {
  return read_question(params, kTotalsFields);
}
Read<std::optional<Seq>> read_subscribe_from(const Params& params) {
  return read_question(params, kSubscribeFields);
}
Read<void> read_no_params(const Params& params) {
  struct Nothing {};
  Nothing nothing;
  const auto seen = read_params(params, std::span<const Field<Nothing>>(), nothing);
  if (!seen) return std::unexpected(seen.error());
  return {};
}

}  // namespace giro::protocol
