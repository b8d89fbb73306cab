// What rows about accounts keep beside their postings: openings and changes (details.hpp). Pure functions: any
// thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "ledger/entry/entry.hpp"
#include "ledger/store/journal/members.hpp"

namespace giro::store {

// `text`: what the members are written to.
void put_body(const std::unique_ptr<OpeningBody>& opening, Members& members, std::string& text);
void put_body(const std::unique_ptr<AccountChangeBody>& change, Members& members,
              std::string& text);

// Throw std::runtime_error on what wasn't written so.
[[nodiscard]] EntryBody get_opening(const boost::json::object& in, const Posting& posting,
                                    std::string_view metadata);
[[nodiscard]] EntryBody get_account_change(const boost::json::object& in, const Posting& posting,
                                           std::string_view metadata);

}  // namespace giro::store
