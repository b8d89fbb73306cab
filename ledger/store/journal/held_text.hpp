// What a posting says of holds, as JSON text: [how much more is held, then what is held after it: into and out
// of the account that pays, into and out of the other]. It stands in a row's details as `held`, of an entry of
// several legs as an array of one for each; missing: all 0, as for nearly every payment.
// Pure functions: any thread.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "ledger/entry/posting.hpp"

namespace giro::store {

// Appends to `out`.
void write_held(const Posting& posting, std::string& out);

// Fills in what write_held() wrote. Throws std::runtime_error on anything else: the file was changed.
void read_held(const boost::json::value& held, Posting& posting);
void read_held(std::string_view text, Posting& posting);

}  // namespace giro::store
