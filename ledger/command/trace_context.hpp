// Which trace a request belongs to (W3C Trace Context, https://www.w3.org/TR/trace-context/, section 3.2). Pure: any
// thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace giro {

inline constexpr std::size_t kTraceparentBytes = 55;

// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": version, trace, span and flags.
[[nodiscard]] constexpr bool is_traceparent(std::string_view text) {
  const auto is_hex = [text](std::size_t from, std::size_t count) {
    return text.substr(from, count).find_first_not_of("0123456789abcdef") == std::string_view::npos;
  };
  const auto is_zero = [text](std::size_t from, std::size_t count) {
    return text.substr(from, count).find_first_not_of('0') == std::string_view::npos;
  };
  return text.size() == kTraceparentBytes && text[2] == '-' && text[35] == '-' && text[52] == '-' &&
         is_hex(0, 2) && is_hex(3, 32) && is_hex(36, 16) && is_hex(53, 2) && !is_zero(3, 32) &&
         !is_zero(36, 16) && text.substr(0, 2) != "ff";
}

}  // namespace giro
