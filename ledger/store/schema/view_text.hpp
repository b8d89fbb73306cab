// Expressions that views are made of. Pure: any thread.
#pragma once

#include <string>
#include <string_view>

namespace giro::store {

// Minor units, an INTEGER or digits as TEXT, as a decimal number: 1250 at a scale of 2 is '12.50'. NULL where
// either is.
[[nodiscard]] std::string decimal_text(std::string_view amount, std::string_view scale);
// A time in nanoseconds as in RFC 3339.
[[nodiscard]] std::string time_text(std::string_view time);

}  // namespace giro::store
