#include "queue/cluster/envelope.hpp"

#include <cassert>
#include <stdexcept>

#include <xxhash.h>
#include <zstd.h>

#include "ledger/bytes.hpp"

namespace giro::cluster {
namespace {

constexpr std::string_view kMagic = "GIROGRP1";
constexpr int kLevel = 1;
// Less than this grows.
constexpr std::size_t kPackFrom = 700;

enum class Packing : std::uint8_t { none, zstd };

template <std::size_t kSize>
std::string_view view_of(const std::array<std::uint8_t, kSize>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), kSize};
}

template <std::size_t kSize>
void read_bytes(ByteReader& in, std::array<std::uint8_t, kSize>& bytes) {
  for (std::uint8_t& byte : bytes) byte = in.get<std::uint8_t>();
}

// Nothing: they are smaller as they are.
std::string packed(std::string_view commands) {
  if (commands.size() < kPackFrom) return {};
  std::string out(ZSTD_compressBound(commands.size()), '\0');
  const std::size_t size =
      ZSTD_compress(out.data(), out.size(), commands.data(), commands.size(), kLevel);
  if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
  if (size >= commands.size()) return {};
  out.resize(size);
  return out;
}

std::expected<std::string, std::string> unpacked(std::string_view bytes, Packing packing,
                                                 std::size_t size) {
  if (packing == Packing::none && bytes.size() == size) return std::string(bytes);
  if (packing != Packing::zstd) return std::unexpected("it is packed in a way that isn't known");
  std::string out(size, '\0');
  const std::size_t got = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != size) {
    return std::unexpected("its commands can't be unpacked");
  }
  return out;
}

}  // namespace

bool fits(std::string_view commands) {
  constexpr std::size_t kRest = 256;  // Of an envelope.
  if (commands.size() <= kSealedMax - kRest) return true;
  if (commands.size() > kCommandsMax) return false;
  const std::string small = packed(commands);
  return !small.empty() && small.size() <= kSealedMax - kRest;
}

std::string seal(const Envelope& envelope) {
  assert(envelope.commands.size() <= kCommandsMax);
  std::string out(kMagic);
  ByteWriter bytes(out);
  bytes.put(envelope.rules);
  out.append(view_of(envelope.ledger));
  bytes.put(envelope.incarnation);
  bytes.put(envelope.number);
  bytes.put(envelope.now.ns);
  bytes.put(envelope.applied.index);
  out.append(view_of(envelope.applied.digest));
  bytes.put(static_cast<std::uint32_t>(envelope.commands.size()));
  const std::string small = packed(envelope.commands);
  bytes.put(static_cast<std::uint8_t>(small.empty() ? Packing::none : Packing::zstd));
  out.append(small.empty() ? envelope.commands : small);
  bytes.put(XXH3_64bits(out.data(), out.size()));
  return out;
}

std::expected<Envelope, std::string> unseal(std::string_view sealed) {
  if (!sealed.starts_with(kMagic)) return std::unexpected("it isn't a group of Giro's");
  ByteReader sum(sealed.substr(sealed.size() - std::min(sealed.size(), sizeof(std::uint64_t))));
  const auto expected = sum.get<std::uint64_t>();
  sealed.remove_suffix(std::min(sealed.size(), sizeof(std::uint64_t)));
  if (!sum.ok() || XXH3_64bits(sealed.data(), sealed.size()) != expected) {
    return std::unexpected("its checksum doesn't hold");
  }
  ByteReader in(sealed.substr(std::min(sealed.size(), kMagic.size())));
  Envelope envelope;
  envelope.rules = in.get<std::uint16_t>();
  read_bytes(in, envelope.ledger);
  envelope.incarnation = in.get<std::uint64_t>();
  envelope.number = in.get<std::uint64_t>();
  envelope.now = Timestamp{in.get<std::int64_t>()};
  envelope.applied.index = in.get<std::uint64_t>();
  read_bytes(in, envelope.applied.digest);
  const std::size_t size = in.get<std::uint32_t>();
  const auto packing = static_cast<Packing>(in.get<std::uint8_t>());
  if (!in.ok()) return std::unexpected("it ends too early");
  if (size > kCommandsMax) return std::unexpected("its commands are too large");
  auto commands = unpacked(in.rest(), packing, size);
  if (!commands) return std::unexpected(commands.error());
  envelope.commands = std::move(*commands);
  return envelope;
}

}  // namespace giro::cluster
