// What an answer and an entry both show of a record (shown.hpp). Pure functions: any thread.
#pragma once

#include <optional>
#include <string_view>

#include <boost/json.hpp>

#include "tests/whole/model.hpp"

namespace giro::test {

[[nodiscard]] boost::json::value day_or_null(const std::optional<Date>& day);
// Of a hold, where it has one.
[[nodiscard]] std::optional<Timestamp> end_of(const Record& hold);
// What an applied entry did, or a rejected one saw.
[[nodiscard]] const Posting& first_of(const Record& record);
[[nodiscard]] bool is_about_two(const Posting& it);
[[nodiscard]] std::string_view type_of(const Record& record);

// Fields of `shown`.
void add_held(boost::json::object& shown, std::string_view in, std::string_view out,
              const Held& held);
void add_balances(boost::json::object& shown, const Posting& it);
// Its status, and of a rejected one why.
void add_verdict(boost::json::object& shown, const Record& record);
// The seq of the entry that the request named, where there was one.
void add_named_seq(boost::json::object& shown, std::string_view name, const WholeModel& model,
                   const Record& record);
// Of its hold: what it leaves of it, and what it lets go of.
void add_left(boost::json::object& shown, const WholeModel& model, const Record& record);
void add_released(boost::json::object& shown, const Record& record);
void add_reversed(boost::json::object& shown, const WholeModel& model, const Record& record);
// The last day that was closed before it.
[[nodiscard]] std::optional<Date> closed_before(const WholeModel& model, const Record& books);
[[nodiscard]] boost::json::object shown_alerts(const AlertLines& alerts);

}  // namespace giro::test
