// An operation as a client sends it (docs/PROTOCOL.md). Pure functions: any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "tests/whole/operation.hpp"

namespace giro::test {

[[nodiscard]] std::string_view method_name(Method method);
// JSON objects.
[[nodiscard]] std::string params_text(const Operation& it);
[[nodiscard]] std::string group_params_text(const std::vector<Operation>& members, bool dry_run);
[[nodiscard]] boost::json::array limits_json(const std::vector<VelocityLimit>& limits);

}  // namespace giro::test
