// Whether the short answer to payments.submit_many is the one of docs/PROTOCOL.md: what is counted, and which members
// are listed and how. Thread: any that has the model to itself.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "tests/whole/model.hpp"
#include "tests/whole/requests.hpp"

namespace giro::test {

// REQUIRES: the model has decided all that the answer tells of. Empty: nothing differs.
[[nodiscard]] std::string difference_of_many(const Sent& request, const boost::json::object& answer,
                                             const WholeModel& model);

}  // namespace giro::test
