// What the daemon's own tables say, as JSON Schema: codes, and the types and statuses of entries. Part of giro_describe,
// at build time alone.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "ledger/codes.hpp"

namespace giro::api {

namespace json = boost::json;

[[nodiscard]] std::vector<ErrorCode> all_errors();

// `table`: @types or @statuses. Errors: DescriptionError.
[[nodiscard]] json::array names_of_table(std::string_view table);
// With what each of them means.
[[nodiscard]] json::object schema_of_rejections();
// `meanings`: of each code.
[[nodiscard]] json::object schema_of_errors(const std::map<std::string, std::string>& meanings);

}  // namespace giro::api
