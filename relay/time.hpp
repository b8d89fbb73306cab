// Time as the relay counts it: the wall clock in milliseconds, since retries outlive the process.
#pragma once

#include <chrono>
#include <cstdint>

namespace giro::relay {

using Millis = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Millis>;

}  // namespace giro::relay
