// Questions that clients asked, what they were told, and whether the model says so, too: at the seq that the answer names, or,
// of an answer that names none, at some moment not before what had been told when it was asked. Thread: one.
#pragma once

#include <map>
#include <string>

#include <boost/json.hpp>

#include "tests/whole/model.hpp"

namespace giro::test {

struct ToldAnswer {
  std::string method;
  boost::json::object params;
  Seq after = 0;  // Whatever was decided up to here was to be seen; 0: it may be older.
  boost::json::object answer;
};

// How the ledger stood behind each request, by the last seq. Between those of a group it stood nowhere.
using Moments = std::map<Seq, Standing>;

// In what the answer differs; empty: in nothing. REQUIRES: the moments are all there are, to the journal's end.
[[nodiscard]] std::string difference_of(const ToldAnswer& told, const WholeModel& model,
                                        const Moments& moments);

}  // namespace giro::test
