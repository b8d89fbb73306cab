#include "protocol/query_params.hpp"

#include <array>
#include <charconv>

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

bool read_cursor(const Value& value, std::optional<Cursor>& out, Reading& reading) {
  std::string_view text;
  if (!reading.text(value, text)) return false;
  out = parse_cursor(text);
  return out.has_value() ||
         reading.refuse(ErrorCode::invalid_value, "be the `next` of a page of this statement");
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

using AQ = AccountQuestion;
constexpr std::array kAccountFields{
    Field<AQ>{"id", true,
              [](const Value& v, AQ& q, Reading& r) { return read_account_id(v, q.id, r); }},
    Field<AQ>{"at", false, [](const Value& v, AQ& q, Reading& r) { return r.moment(v, q.at); }},
};

using AP = AccountsQuestion;
constexpr std::array kAccountsFields{
    Field<AP>{"prefix", false,
              [](const Value& v, AP& q, Reading& r) { return read_id_text(v, q.prefix, r); }},
    Field<AP>{"limit", false,
              [](const Value& v, AP& q, Reading& r) { return read_limit(v, q.limit, r); }},
    Field<AP>{"after", false,
              [](const Value& v, AP& q, Reading& r) { return read_id_text(v, q.after, r); }},
};

using SQ = StatementQuestion;
constexpr std::array kStatementFields{
    Field<SQ>{"id", true,
              [](const Value& v, SQ& q, Reading& r) { return read_account_id(v, q.id, r); }},
    Field<SQ>{"from", false, [](const Value& v, SQ& q, Reading& r) { return r.moment(v, q.from); }},
    Field<SQ>{"to", false, [](const Value& v, SQ& q, Reading& r) { return r.moment(v, q.to); }},
    Field<SQ>{"limit", false,
              [](const Value& v, SQ& q, Reading& r) { return read_limit(v, q.limit, r); }},
    Field<SQ>{"order", false,
              [](const Value& v, SQ& q, Reading& r) { return read_order(v, q.newest_first, r); }},
    Field<SQ>{"cursor", false,
              [](const Value& v, SQ& q, Reading& r) { return read_cursor(v, q.cursor, r); }},
};

using PQ = PaymentQuestion;
constexpr std::array kPaymentFields{
    Field<PQ>{"key", false,
              [](const Value& v, PQ& q, Reading& r) { return read_key(v, q.key, r); }},
    Field<PQ>{"seq", false,
              [](const Value& v, PQ& q, Reading& r) { return read_seq(v, 1, q.seq, r); }},
};

using PP = PaymentsQuestion;
constexpr std::array kPaymentsFields{
    Field<PP>{"reference", false,
              [](const Value& v, PP& q, Reading& r) { return read_reference(v, q.reference, r); }},
    Field<PP>{"after", false,
              [](const Value& v, PP& q, Reading& r) { return read_seq(v, 0, q.after, r); }},
    Field<PP>{"limit", false,
              [](const Value& v, PP& q, Reading& r) { return read_limit(v, q.limit, r); }},
};

using TQ = TrialBalanceQuestion;
constexpr std::array kTrialBalanceFields{
    Field<TQ>{"at", false, [](const Value& v, TQ& q, Reading& r) { return r.moment(v, q.at); }},
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

// Strict: one way to write each number, so that a cursor is ours or it isn't.
bool parse_number(std::string_view text, std::uint64_t& out) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

}  // namespace

Read<AccountQuestion> read_account_question(const Params& params) {
  return read_question(params, kAccountFields);
}
Read<AccountsQuestion> read_accounts_question(const Params& params) {
  return read_question(params, kAccountsFields);
}
Read<StatementQuestion> read_statement_question(const Params& params) {
  return read_question(params, kStatementFields);
}
Read<PaymentQuestion> read_payment_question(const Params& params) {
  auto question = read_question(params, kPaymentFields);
  if (question && question->key.has_value() == (question->seq != 0)) {
    Reading reading;
    reading.at_field("key");
    reading.refuse(ErrorCode::malformed, "be given, or seq; one of them");
    return std::unexpected(reading.take_refusal());
  }
  return question;
}
Read<PaymentsQuestion> read_payments_question(const Params& params) {
  return read_question(params, kPaymentsFields);
}
Read<TrialBalanceQuestion> read_trial_balance_question(const Params& params) {
  return read_question(params, kTrialBalanceFields);
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

std::string format_cursor(const Cursor& cursor) {
  return std::to_string(cursor.until_seq) + "." + std::to_string(cursor.position);
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  const std::size_t dot = text.find('.');
  Cursor cursor;
  if (dot == std::string_view::npos || !parse_number(text.substr(0, dot), cursor.until_seq) ||
      !parse_number(text.substr(dot + 1), cursor.position)) {
    return std::nullopt;
  }
  return cursor;
}

}  // namespace giro::protocol
