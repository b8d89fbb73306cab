// Why a benchmark has no figures: what happened and what to do, for a person.
//
// What always holds: work that wasn't done as it was meant is a Failure, never a slower or faster
// rate. Values: any thread.
#pragma once

#include <expected>
#include <string>

namespace giro::load {

struct Failure {
  std::string what;
  std::string advice;  // Empty where there is none.
};

template <class T>
using Result = std::expected<T, Failure>;

[[nodiscard]] inline std::unexpected<Failure> failed(std::string what, std::string advice = {}) {
  return std::unexpected(Failure{std::move(what), std::move(advice)});
}

}  // namespace giro::load
