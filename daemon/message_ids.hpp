// The MESSAGE_ID of each event in the journal (sd-journal(7), "128-bit message IDs"): made once by
// `systemd-id128 new`, never changed and never used for another event. Values: any thread.
#pragma once

#include <array>
#include <string_view>

#include "engine/notice.hpp"

namespace giro {

// In the order of Event; `other` has none.
inline constexpr std::array<std::string_view, 17> kMessageIds{
    "",
    "3c7bc555023d4919942aea19133f540f",  // ready
    "6a26a895fdd34dcb8796e14cc42c30e6",  // stopping
    "63f65f9b1a8b4c4aa35a2acaf28e4805",  // reloaded
    "ff405f57bd8243e48344dc9d799dab4b",  // not_reloaded
    "3812de67dcb24cdf8c3d45d7bf929c49",  // blocked
    "58f37ee6a2624fff94e468caebca7391",  // unblocked
    "7ba6f1e7890c4b41ab262055eb5c80d3",  // clock
    "375f220e52394616938543cd48eb02ac",  // log_grows
    "02e87c79ea4845d9be0a9e758192edb2",  // log_emptied
    "981df9e378454e0ea5755cc24ba8fd00",  // keys
    "e48f7d51b5c247cfa54c169fe3106eb9",  // damaged
    "a77f94cc6a8e45f58cc67bccc3908cb0",  // refused
    "25d08370bb8e4faebadbec0c3c7845a6",  // sent_away
    "a23d3416985f4b74be6d88c9a4bf7ae2",  // cut_off
    "d0f41769c00f486e97f3c05822ded35c",  // socket_lost
    "b7554e194afa4754afee6a4e227375d7",  // decided
};
static_assert(kMessageIds.size() == static_cast<std::size_t>(Event::decided) + 1);

[[nodiscard]] constexpr std::string_view message_id(Event event) {
  return kMessageIds[static_cast<std::size_t>(event)];
}

}  // namespace giro
