// A decision with its reasons, as a person reads it and as a program takes it: the same facts.
// Thread: the main one.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "cli/explain/decision.hpp"
#include "cli/explain/reasons.hpp"
#include "cli/failure.hpp"
#include "cli/session.hpp"

namespace giro::cli {

[[nodiscard]] boost::json::object report_json(const Decision& decision, const Reasons& reasons);
[[nodiscard]] Result<std::string> report_text(Session& session, const Decision& decision,
                                              const Reasons& reasons);

}  // namespace giro::cli
