// What answers and events show of the model's decisions and accounts, as JSON: written from docs/PROTOCOL.md a second time,
// with nothing of what Giro writes its own answers by. Pure functions: any thread.
#pragma once

#include <optional>
#include <string>

#include <boost/json.hpp>

#include "tests/whole/model.hpp"

namespace giro::test {

// The answer to the request that the record decided, but for `replayed`, which is an answer's own.
[[nodiscard]] boost::json::object shown_answer(const WholeModel& model, const Record& record);
// The entry, as events and lists show it.
[[nodiscard]] boost::json::object shown_entry(const WholeModel& model, const Record& record);
// The account as it stands, but for `as_of_seq`, and how much of its limits is used, which hangs on the moment.
[[nodiscard]] boost::json::object shown_account(const WholeModel& model,
                                                const WholeAccount& account);
// Its id, currency and scale.
[[nodiscard]] boost::json::object shown_name(const WholeAccount& account);
// Null: it has none.
[[nodiscard]] boost::json::value shown_metadata(const WholeAccount& account);
// Its balance, what it keeps to and what that leaves it.
void add_standing(boost::json::object& shown, const WholeAccount& account);

// A number; past 64 bits its digits as a string.
[[nodiscard]] boost::json::value number(Int128 sum);
[[nodiscard]] boost::json::value number_or_null(const std::optional<Int128>& sum);

// The first field that one of them has otherwise; empty: they are equal.
[[nodiscard]] std::string difference_of(const boost::json::object& told,
                                        const boost::json::object& right);

}  // namespace giro::test
