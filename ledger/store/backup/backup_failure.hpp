// Why a backup or a restore didn't come about: what happened, what it means for the money, what to do.
// Values: any thread.
#pragma once

#include <cstdint>
#include <string>

namespace giro::store {

struct BackupFailure {
  enum class Of : std::uint8_t {
    request,  // What was asked for can't be done as it is: there is no ledger, it can't be read, a file is there.
    ledger,  // The ledger is damaged.
    backup,  // The backup is damaged, cut short, or of another ledger.
    disk,    // What was to be written couldn't be: no room, no rights.
  };
  Of of = Of::request;
  std::string what;
  std::string money;
  std::string advice;
};

}  // namespace giro::store
