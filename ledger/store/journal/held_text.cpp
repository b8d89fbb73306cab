#include "ledger/store/journal/held_text.hpp"

#include <charconv>
#include <cstddef>
#include <stdexcept>

#include <boost/json.hpp>

namespace giro::store {

void write_held(const Posting& posting, std::string& out) {
  constexpr std::size_t kNumbers = 5;
  constexpr std::size_t kDigitsMax = 24;  // Of 64 bits, with a sign, and what stands before them.
  char text[kNumbers * kDigitsMax + 1];
  char* end = text;
  char before = '[';
  for (const Amount number : {posting.held, posting.from_held.in, posting.from_held.out,
                              posting.to_held.in, posting.to_held.out}) {
    *end++ = before;
    end = std::to_chars(end, text + sizeof text, number).ptr;
    before = ',';
  }
  *end++ = ']';
  out.append(text, end);
}

void read_held(const boost::json::value& held, Posting& posting) {
  if (!held.is_array() || held.get_array().size() != 5) {
    throw std::runtime_error("what it says of holds isn't five numbers");
  }
  const auto number = [&](std::size_t i) { return held.get_array()[i].to_number<Amount>(); };
  posting.held = number(0);
  posting.from_held = {.in = number(1), .out = number(2)};
  posting.to_held = {.in = number(3), .out = number(4)};
}

void read_held(std::string_view text, Posting& posting) {
  read_held(boost::json::parse({text.data(), text.size()}), posting);
}

}  // namespace giro::store
