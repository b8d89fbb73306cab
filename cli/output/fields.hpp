// Reading the daemon's answers: each function has an answer for a field that is missing or of
// another type, so that a newer daemon never breaks an older command line. Pure functions: any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "ledger/money.hpp"

namespace giro::cli {

// Empty: not there.
[[nodiscard]] std::string text_field(const boost::json::object& object, std::string_view name);
[[nodiscard]] std::optional<std::int64_t> number_field(const boost::json::object& object,
                                                       std::string_view name);
// The same of up to 128 bits: sums past 64 bits come as text. 0 where it isn't there.
[[nodiscard]] Int128 wide_field(const boost::json::object& object, std::string_view name);
// As the daemon writes it: a number, or text where it has more than 64 bits.
[[nodiscard]] boost::json::value number_of(Int128 number);
[[nodiscard]] bool true_field(const boost::json::object& object, std::string_view name);
[[nodiscard]] const boost::json::array& array_field(const boost::json::object& object,
                                                    std::string_view name);
[[nodiscard]] const boost::json::object& object_field(const boost::json::object& object,
                                                      std::string_view name);

// A field as a person reads it: text without quotes, "-" for null, nothing where it isn't there.
[[nodiscard]] std::string shown_field(const boost::json::object& object, std::string_view name);
// Minor units as a decimal: "12.50". Sums over 64 bits come as decimal strings. null: no
// limit is set: "none", for what is available "unlimited".
[[nodiscard]] std::string amount_field(const boost::json::object& object, std::string_view name,
                                       int scale);
// What is held on an account: "out 50.00", "in 12.50" or both; empty: nothing. `side`: what stands before
// the names of its fields ("from_held_out").
[[nodiscard]] std::string held_text(const boost::json::object& object, const std::string& side,
                                    int scale);
// `scale`, which is 0 to 18 whatever the daemon says.
[[nodiscard]] int scale_field(const boost::json::object& object);

// Both are JSON that is harmless to a terminal (cli/output/visible_text.hpp).
// Indented by two, members in their order.
[[nodiscard]] std::string pretty(const boost::json::value& value);
// One line with its end.
[[nodiscard]] std::string json_line(const boost::json::value& value);

// Metadata that a person typed, its numbers kept as text (protocol/number_text.hpp). Nothing: not an
// object, or not JSON.
[[nodiscard]] std::optional<boost::json::value> parse_metadata(std::string_view text);
// The params of a request as JSON text, the numbers of such metadata to the letter.
[[nodiscard]] std::string request_text(boost::json::object params);

}  // namespace giro::cli
