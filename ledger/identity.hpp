// Text that identifies: keys and references. Two of them must never look the same to the people who
// read them, or a payment is made again under what they take for its own key.
//
// So an identity has nothing that can't be seen (zero-width and direction marks, fillers, soft
// hyphens), no blank but the plain one and that only inside, only characters that Unicode has
// settled (an unassigned one has no look and no normal form yet, a private one only by agreement),
// and it is in normal form NFC. Letters of two scripts that resemble each other are still two
// letters: that is for the eye of the one who chooses keys. Pure functions: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace giro {

// What `text` must or must not be, for a message that begins with its field; nothing: it may identify.
[[nodiscard]] std::optional<std::string> identity_problem(std::string_view text);

}  // namespace giro
