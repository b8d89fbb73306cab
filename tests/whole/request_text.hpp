// An operation as a client sends it (docs/PROTOCOL.md). Pure functions: any thread.
#pragma once

#include <cstddef>
#include <optional>
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
// `malformed`: that member lacks all but a key.
[[nodiscard]] std::string many_params_text(const std::vector<Operation>& members,
                                           std::optional<std::size_t> malformed);
// Fields that a request has, and an entry shows as they were asked for.
void add_reference(boost::json::object& fields, std::string_view field, const Operation& it);
void add_conditions(boost::json::object& fields, const Operation& it);
void add_recurrence(boost::json::object& fields, const Operation& it);
[[nodiscard]] boost::json::array limits_json(const std::vector<VelocityLimit>& limits);

}  // namespace giro::test
