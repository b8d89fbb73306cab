// What is JSON to the command line is what is JSON to the daemon, or a row stops its file and a value is
// passed on as something else. JSON libraries take no number whose exponent has over 31 bits; the daemon
// does, and says of its field what is wrong with it. Pure functions: any thread.
#pragma once

#include <optional>
#include <string_view>

#include <boost/json.hpp>

namespace giro::cli {

// For parse_options::max_depth, far more than a request may have: that one has too much is the daemon's
// to say.
inline constexpr std::size_t kNestingLookedInto = 1'000;

// To be looked into, not to be passed on: a number that the library can't keep is another one there, or
// marked (protocol/number_text.hpp). Nothing: not JSON, and `error` says why.
[[nodiscard]] std::optional<boost::json::value> read_json(std::string_view text,
                                                          const boost::json::parse_options& options,
                                                          boost::system::error_code& error,
                                                          boost::json::storage_ptr memory = {});

}  // namespace giro::cli
