// An account as a decision saw it: what it had, what it was told to keep to (its terms: floor, ceiling, frozen,
// closed, limits), and what led to that.
//
// What it had at any time the ledger tells. Of terms it tells today's, and every change that there was: those of
// then are today's where nothing was changed since, else what the changes before it, or its opening, say.
//
// What always holds: a term whose value of then isn't found within kLinesSearched lines of its statement is
// today's, and listed in `todays`. What an older daemon doesn't tell is missing, and nothing is made up.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/session.hpp"
#include "ledger/money.hpp"

namespace giro::cli {

inline constexpr int kLinesSearched = 1'000;

struct AccountThen {
  std::string role;  // "from", "to", or "id" of a change.
  std::string id;
  std::string currency;
  int scale = 0;
  bool exists = false;        // Today.
  bool was_open = false;      // When it was decided.
  boost::json::object had;    // balance, held_in, held_out, version; empty: not known.
  boost::json::object terms;  // floor, ceiling, frozen, closed, limits: what is known of them.
  std::vector<std::string> todays;  // Which of them are today's.
  boost::json::object now;          // As accounts.get has it.
  boost::json::array lines;  // The last ones of its statement before the decision, newest first.

  // Each nothing where it isn't known. A missing floor is none, or not known.
  [[nodiscard]] std::optional<Int128> amount(std::string_view name) const;  // Of `had`.
  [[nodiscard]] std::optional<Int128> limit(std::string_view name) const;   // Of `terms`.
  [[nodiscard]] std::optional<Int128> available() const;

  [[nodiscard]] std::string decimal(Int128 minor_units) const;  // "12.50"
  [[nodiscard]] std::string money(Int128 minor_units) const;    // "12.50 EUR"
};

// A question whose refusal (it doesn't know, it doesn't tell, it is too old to be asked) is an empty answer:
// the report goes on without it. Failures: nothing can be asked any more.
[[nodiscard]] Result<boost::json::object> ask_if_told(Session& session, std::string_view method,
                                                      const boost::json::object& params);

// As the entry with this seq found it.
[[nodiscard]] Result<AccountThen> ask_account_then(Session& session, std::string_view role,
                                                   const std::string& id, std::int64_t seq);

// What changed the account before the entry with this seq, newest first: entries as payments.get has them.
struct Changes {
  std::vector<boost::json::object> entries;
  bool all = false;  // There were no others.
};
[[nodiscard]] Result<Changes> ask_changes_before(Session& session, const std::string& id,
                                                 std::int64_t seq);
// Whether the entry sets the term.
[[nodiscard]] bool sets_term(const boost::json::object& change, std::string_view term);

}  // namespace giro::cli
