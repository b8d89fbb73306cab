// Why nothing was decided. Values: any thread.
#pragma once

#include <string>

#include "ledger/codes.hpp"

namespace giro {

struct Refusal {
  ErrorCode code = ErrorCode::malformed;
  std::string
      field;  // The path of the field, e.g. "legs[3].amount"; empty: the request as a whole.
  std::string message;  // For a person.
};

}  // namespace giro
