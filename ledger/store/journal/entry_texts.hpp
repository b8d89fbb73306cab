// The texts of an entry as the journal has them, of which an Entry has only what they say. Values: any thread.
#pragma once

#include <string_view>

namespace giro::store {

struct EntryTexts {
  std::string_view node;     // The name of its author's; empty: he has none.
  std::string_view details;  // Of the column; empty: NULL, here and below.
  std::string_view metadata;
};

}  // namespace giro::store
