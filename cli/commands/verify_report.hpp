// What reading the whole journal found, for a person and as JSON. Pure functions: the main thread.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "cli/output/table.hpp"
#include "ledger/store/verify/verify.hpp"

namespace giro::cli {

// As the daemon answers it; and `notes`, where there are some: a daemon has none.
[[nodiscard]] boost::json::object report_json(const store::VerifyReport& report);
// For a person, of such an answer; its `checkpoints`, too, where it has some.
[[nodiscard]] std::string report_text(const boost::json::object& result, const Look& look);
// What the problems mean, and what to do, by the parts that they are in; empty: there are none.
[[nodiscard]] std::string advice_on(const boost::json::object& result);

}  // namespace giro::cli
