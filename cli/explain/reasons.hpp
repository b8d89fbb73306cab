// Why it was decided so, rule by rule: what the rule compared, and what would make the same request pass.
// Thread: the main one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "cli/explain/decision.hpp"
#include "cli/failure.hpp"
#include "cli/output/fields.hpp"
#include "cli/session.hpp"

namespace giro::cli {

struct Reasons {
  std::string rule;  // The sentence of its code; empty: this giro doesn't know the code.
  std::vector<std::string> why;      // Sentences, for a person.
  std::vector<std::string> to_pass;  // Each would be enough.
  boost::json::object figures;  // What they say in numbers, for a program; amounts in minor units.
};

[[nodiscard]] Result<Reasons> ask_reasons(Session& session, const Decision& decision);

// --- the parts of it ---

struct Rule {
  std::string_view code;
  Result<void> (*explain)(Session& session, const Decision& decision, Reasons& reasons);
};
[[nodiscard]] std::span<const Rule> account_rules();  // About the accounts, as they were.
[[nodiscard]] std::span<const Rule> limit_rules();    // About what they may pay and keep.
[[nodiscard]] std::span<const Rule> earlier_rules();  // About what was decided before.
[[nodiscard]] Result<void> explain_velocity(Session& session, const Decision& decision,
                                            Reasons& reasons);
// What was decided for: what it did.
[[nodiscard]] Result<void> explain_applied(Session& session, const Decision& decision,
                                           Reasons& reasons);

void add_not_told(Reasons& reasons, const std::string& id);
// Where today's term had to do, since the one of then isn't found.
void add_note_of_today(Reasons& reasons, const AccountThen& account, const std::string& term);

}  // namespace giro::cli
