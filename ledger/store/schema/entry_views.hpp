// The views of what was decided: entries, statements, holds, rejections. Pure: any thread.
#pragma once

#include <string>

namespace giro::store {

// SQL that makes them all.
[[nodiscard]] std::string entry_views();

}  // namespace giro::store
