#include "ledger/command/rules.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "ledger/command/trace_context.hpp"
#include "ledger/identity.hpp"

namespace giro {
namespace {

// Both loops below run for every payment: a table instead of comparisons.
constexpr std::array<bool, 256> kIdBytes = [] {
  std::array<bool, 256> allowed{};
  for (const char c :
       std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@-")) {
    allowed[static_cast<unsigned char>(c)] = true;
  }
  return allowed;
}();

// The length of the UTF-8 sequence that starts with `lead`; 0: no sequence starts so.
// Source: RFC 3629, section 4. The bytes that follow are checked by is_text_sequence.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool is_text_sequence(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  for (std::size_t i = 1; i < sequence.size(); ++i) {
    if ((byte(i) & 0xC0) != 0x80) return false;
  }
  switch (byte(0)) {
    case 0xC2:  // Below: a control character, U+0080 to U+009F.
    case 0xE0:  // Below: overlong.
      return byte(1) >= 0xA0;
    case 0xED:
      return byte(1) <= 0x9F;  // A surrogate.
    case 0xF0:
      return byte(1) >= 0x90;  // Overlong.
    case 0xF4:
      return byte(1) <= 0x8F;  // Past U+10FFFF.
    default:
      return true;
  }
}

bool is_text(std::string_view text, std::string_view controls_allowed) {
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead >= 0x20 && lead < 0x7F) {
      text.remove_prefix(1);
      continue;
    }
    if ((lead < 0x20 || lead == 0x7F) && !controls_allowed.contains(text.front())) return false;
    const std::size_t length = sequence_length(lead);
    if (length == 0 || length > text.size() || !is_text_sequence(text.substr(0, length))) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

bool is_account_id(std::string_view text) {
  return !text.empty() && text.size() <= AccountId::kBytesMax &&
         std::ranges::all_of(text, [](char c) { return kIdBytes[static_cast<unsigned char>(c)]; });
}

bool is_under(std::string_view id, std::string_view prefix) {
  if (!id.starts_with(prefix)) return false;
  return id.size() == prefix.size() || prefix.ends_with(':') || id[prefix.size()] == ':';
}

bool is_payment_key(std::string_view text) {
  return !text.empty() && text.size() <= PaymentKey::kBytesMax && is_text(text, "");
}

bool is_plain_text(std::string_view text) {
  return is_text(text, "\t\n");
}

namespace rules {
namespace {

constexpr std::string_view kCurrencyRule = "be a currency code: 2 to 12 of A-Z0-9, a letter first";

// `prefix` is "legs[3]." or nothing. Built only for an error.
Problem check_leg(const LegRequest& leg, std::string_view prefix) {
  const auto field = [&](std::string_view name) { return std::string(prefix).append(name); };
  if (!is_account_id(leg.from)) return invalid(field("from"), kIdRule);
  if (!is_account_id(leg.to)) return invalid(field("to"), kIdRule);
  if (leg.from == leg.to) {
    return Refusal{.code = ErrorCode::same_account,
                   .field = field("to"),
                   .message = field("to") + " is the account that pays; money must move"};
  }
  if (leg.amount <= 0) return invalid(field("amount"), "be above 0");
  if (!is_currency_code(leg.currency)) return invalid(field("currency"), kCurrencyRule);
  return std::nullopt;
}

Problem check_size(std::optional<std::string_view> text, std::string_view field,
                   std::size_t bytes_max) {
  if (!text || (!text->empty() && text->size() <= bytes_max)) return std::nullopt;
  return invalid(field, "have 1 to " + std::to_string(bytes_max) + " bytes, or be left out");
}

Problem check_reference(std::optional<std::string_view> reference) {
  if (auto problem = check_size(reference, "reference", kReferenceBytesMax)) return problem;
  if (!reference) return std::nullopt;
  if (const auto problem = identity_problem(*reference)) return invalid("reference", *problem);
  return std::nullopt;
}

Problem check_description(std::optional<std::string_view> text) {
  if (auto problem = check_size(text, "description", kDescriptionBytesMax)) return problem;
  if (!text || is_plain_text(*text)) return std::nullopt;
  return invalid("description", "be UTF-8 text without control characters");
}

Problem check_traceparent(std::optional<std::string_view> traceparent) {
  if (!traceparent || is_traceparent(*traceparent)) return std::nullopt;
  return invalid("traceparent", "be as W3C Trace Context has it, or be left out");
}

}  // namespace

Refusal invalid(std::string_view field, std::string_view must) {
  return {.code = ErrorCode::invalid_value,
          .field = std::string(field),
          .message = std::string(field) + " must " + std::string(must)};
}

Problem check_legs(const PaymentRequest& request) {
  if (request.legs.empty()) return check_leg(request.leg, "");
  if (request.legs.size() > kLegsMax) {
    return Refusal{.code = ErrorCode::too_large,
                   .field = "legs",
                   .message = "a payment has at most 1,000 legs"};
  }
  for (std::size_t i = 0; i < request.legs.size(); ++i) {
    // The path is made only where it is needed: legs are many and errors few.
    if (check_leg(request.legs[i], "")) {
      return check_leg(request.legs[i], "legs[" + std::to_string(i) + "].");
    }
  }
  return std::nullopt;
}

Problem check_key(std::string_view key) {
  if (key.empty() || key.size() > PaymentKey::kBytesMax) {
    return invalid("key", "have 1 to " + std::to_string(PaymentKey::kBytesMax) + " bytes");
  }
  if (const auto problem = identity_problem(key)) return invalid("key", *problem);
  return std::nullopt;
}

Problem check_currency(std::string_view code) {
  if (is_currency_code(code)) return std::nullopt;
  return invalid("currency", kCurrencyRule);
}

Problem check_metadata(std::optional<std::string_view> metadata) {
  if (metadata && metadata->size() > kMetadataBytesMax) {
    return invalid("metadata", "have at most 4,096 bytes");
  }
  return std::nullopt;
}

Problem check_version(std::optional<std::int64_t> if_version) {
  if (!if_version || *if_version >= 0) return std::nullopt;
  return invalid("if_version", "be 0 or above");
}

Problem check_limits(std::optional<Amount> floor, std::optional<Amount> ceiling) {
  // The ends of the range stand for "no limit" (ledger/money.hpp).
  if (floor == kNoFloor || floor == kNoCeiling) {
    return invalid("floor", "be -9223372036854775807 to 9223372036854775806, or null");
  }
  if (!ceiling) return std::nullopt;
  if (*ceiling < 0 || *ceiling == kNoCeiling) {
    return invalid("ceiling", "be 0 to 9223372036854775806, or null");
  }
  if (floor && *ceiling < *floor) return invalid("ceiling", "not be below the floor");
  return std::nullopt;
}

Problem check_options(const PaymentRequest& request) {
  const bool several = request.legs.size() > 1;
  if (several && request.up_to) return invalid("up_to", "be false in a payment of several legs");
  if (request.code && (*request.code < 0 || *request.code > 65'535)) {
    return invalid("code", "be 0 to 65535");
  }
  if (auto problem = check_reference(request.reference)) return problem;
  if (auto problem = check_description(request.description)) return problem;
  if (auto problem = check_metadata(request.metadata)) return problem;
  if (auto problem = check_traceparent(request.traceparent)) return problem;
  if (request.effective_date && !parse_date(*request.effective_date)) {
    return invalid("effective_date", "be a day, YYYY-MM-DD");
  }
  if (request.deadline && !parse_rfc3339(*request.deadline)) {
    return invalid("deadline", "be a time as in RFC 3339, such as 2026-11-23T09:00:00Z");
  }
  if (several && request.if_version) {
    return invalid("if_version", "be left out in a payment of several legs");
  }
  if (auto problem = check_version(request.if_version)) return problem;
  if (several && request.if_available_gte) {
    return invalid("if_available_gte", "be left out in a payment of several legs");
  }
  return std::nullopt;
}

PaymentOptions options_of(const PaymentRequest& request) {
  PaymentOptions options;
  if (request.code) options.code = static_cast<std::uint16_t>(*request.code);
  options.reference = request.reference.value_or("");
  options.description = request.description.value_or("");
  options.metadata = request.metadata.value_or("");
  if (request.effective_date) options.effective_date = parse_date(*request.effective_date);
  if (request.deadline) options.deadline = parse_rfc3339(*request.deadline);
  if (request.if_version) options.if_version = static_cast<std::uint64_t>(*request.if_version);
  options.if_available_gte = request.if_available_gte;
  options.traceparent = request.traceparent.value_or("");
  options.up_to = request.up_to;
  return options;
}

bool has_options(const PaymentRequest& request) {
  return request.code || request.reference || request.description || request.metadata ||
         request.effective_date || request.deadline || request.if_version ||
         request.if_available_gte || request.traceparent || request.up_to;
}

}  // namespace rules
}  // namespace giro
