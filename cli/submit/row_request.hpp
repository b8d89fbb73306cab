// What one row of a file asks of the ledger: a payment, or a request of any other method.
//
// What always holds: it is JSON in UTF-8 on one line, so that one bad row can't spoil the rows that travel
// with it, and its numbers and texts are the row's own to the letter. What a request may say is the daemon's
// to check, not ours.
// Pure functions: any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace giro::cli {

struct RowRequest {
  std::string method;  // Empty: payments.submit.
  std::string params;  // A JSON object.
};

// As payments.submit_many takes it: a payment's params, or {"method","params"}.
void append_for_batch(std::string& out, const RowRequest& request);
// As payments.submit_group takes it: {"method","params"}.
void append_for_group(std::string& out, const RowRequest& request);

// Of a line of NDJSON: a payment's params, or what has a `method`, with the fields of its params beside it or
// as one object `params`. Errors: what is wrong with the line.
[[nodiscard]] std::expected<RowRequest, std::string> request_of_json(std::string_view line);

// In a batch a payment lies three levels deep, and a request has at most 32.
inline constexpr std::size_t kPaymentNestingMax = 32 - 3;

// Nothing when `text` is one JSON object of at most `nesting` levels; else what is wrong with it.
[[nodiscard]] std::optional<std::string> problem_of_object(std::string_view text,
                                                           std::size_t nesting);

// Appends `text` as a JSON string. REQUIRES: UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace giro::cli
