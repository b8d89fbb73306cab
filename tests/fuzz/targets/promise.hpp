// What a target of the fuzzing holds a part to, whatever its bytes are.
// Thread: that of the target.
#pragma once

#include <stdexcept>
#include <string>

namespace giro::fuzz {

// libFuzzer takes one that nobody catches for a crash; the test of the corpus catches it, and tells the seed.
class BrokenPromise : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// `promise`: what holds.
inline void require(bool holds, const std::string& promise) {
  if (!holds) throw BrokenPromise("not so: " + promise);
}

}  // namespace giro::fuzz
