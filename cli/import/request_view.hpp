// What a payment's request moves, read back from its params.
// Pure functions: any thread.
#pragma once

#include <string_view>

#include <boost/json.hpp>

#include "cli/output/fields.hpp"
#include "cli/output/json_text.hpp"

namespace giro::cli {

// Calls `visit(leg)` with each object that has from, to, amount and currency.
template <class Visit>
void for_each_leg(std::string_view params, Visit visit) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = kNestingLookedInto;
  boost::json::monotonic_resource memory;
  const auto value = read_json(params, options, error, &memory);
  if (!value || !value->is_object()) return;
  const boost::json::object& payment = value->get_object();
  if (!payment.contains("legs")) return visit(payment);
  for (const boost::json::value& leg : array_field(payment, "legs")) {
    if (leg.is_object()) visit(leg.get_object());
  }
}

}  // namespace giro::cli
