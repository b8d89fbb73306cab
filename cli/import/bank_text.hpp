// Texts, amounts and dates as banks write them, as ours. Pure functions: any thread.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "cli/import/rules.hpp"

namespace giro::cli {

// As UTF-8. Errors: what the bytes are not.
[[nodiscard]] std::expected<std::string, std::string> decoded(std::string_view bytes,
                                                              Encoding encoding);

// "-1.234,56" as "-1234.56", with these marks. A minus may stand behind, and a plus in front. Errors: what is
// wrong, and what to say in the rules.
[[nodiscard]] std::expected<std::string, std::string> plain_decimal(std::string_view text,
                                                                    char decimal, char thousands);

// As YYYY-MM-DD. `format`: %d, %m, %Y, %y (of 2000 to 2099), %H, %M, %S, and all else as it is. Nothing: the text
// isn't of this format, or no day that exists.
[[nodiscard]] std::optional<std::string> iso_date(std::string_view text, std::string_view format);

// Without blanks at its ends, and with one in place of each line end inside.
[[nodiscard]] std::string on_one_line(std::string_view text);

}  // namespace giro::cli
