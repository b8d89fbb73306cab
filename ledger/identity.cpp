#include "ledger/identity.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include <unictype.h>
#include <uniname.h>
#include <uninorm.h>
#include <unistr.h>

namespace giro {
namespace {

// Braille without a dot is a symbol to Unicode and a blank to the eye.
constexpr ucs4_t kBrailleBlank = 0x2800;
// No character below is changed or moved by NFC (Unicode Standard Annex 15).
constexpr ucs4_t kFirstThatNfcMayChange = 0x300;

// Most identities: nothing to look up.
bool is_plain_ascii(std::string_view text) {
  return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

// Why a character is refused; null: it isn't.
const char* objection(ucs4_t character, bool at_an_end) {
  if (uc_is_property_white_space(character) || character == kBrailleBlank) {
    if (character != ' ') return "a blank that looks like another";
    return at_an_end ? "a blank at an end can't be seen" : nullptr;
  }
  if (uc_is_property_default_ignorable_code_point(character)) return "it can't be seen";
  if (uc_is_general_category_withtable(character, UC_CATEGORY_MASK_Cc))
    return "it controls devices";
  if (uc_is_general_category_withtable(character, UC_CATEGORY_MASK_Cf)) return "it only formats";
  if (uc_is_general_category_withtable(character, UC_CATEGORY_MASK_Co)) {
    return "its look is a private matter";
  }
  if (uc_is_general_category_withtable(character, UC_CATEGORY_MASK_Cn)) {
    return "it isn't known as a character yet";
  }
  return nullptr;
}

// "U+200B ZERO WIDTH SPACE"; control characters and unassigned ones have no name.
std::string shown(ucs4_t character) {
  char code[16];
  std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned>(character));
  char name[UNINAME_MAX];
  if (unicode_character_name(character, name) == nullptr) return code;
  return std::string(code).append(" ").append(name);
}

bool is_nfc(std::string_view text) {
  std::size_t size = 0;
  const std::unique_ptr<std::uint8_t, decltype(&std::free)> normal(
      u8_normalize(UNINORM_NFC, bytes_of(text), text.size(), nullptr, &size), &std::free);
  if (normal == nullptr) throw std::bad_alloc();
  return std::ranges::equal(std::span(normal.get(), size), std::span(bytes_of(text), text.size()));
}

}  // namespace

std::optional<std::string> identity_problem(std::string_view text) {
  if (is_plain_ascii(text)) return std::nullopt;
  if (u8_check(bytes_of(text), text.size()) != nullptr) return "be UTF-8 text";
  bool may_need_nfc = false;
  for (std::size_t at = 0, next = 0; at < text.size(); at = next) {
    ucs4_t character = 0;
    next =
        at + static_cast<std::size_t>(u8_mbtouc(&character, bytes_of(text) + at, text.size() - at));
    if (const char* why = objection(character, at == 0 || next == text.size())) {
      return "not have " + shown(character) + " at byte " + std::to_string(at) + ": " + why;
    }
    may_need_nfc |= character >= kFirstThatNfcMayChange;
  }
  if (may_need_nfc && !is_nfc(text)) {
    return "be in Unicode's normal form NFC: it isn't, and looks the same as one that is";
  }
  return std::nullopt;
}

}  // namespace giro
