#include "ledger/store/journal/canonical.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "ledger/store/journal/details.hpp"

namespace giro::store {
namespace {

static_assert(std::endian::native == std::endian::little, "integers are hashed as they lie");

// Writes at a place that has room; keeps the loop over millions of entries free of checks.
class Packer {
 public:
  explicit Packer(std::uint8_t* out) : out_(out) {}

  template <class Integer>
  void put(Integer value) {
    std::memcpy(out_, &value, sizeof value);
    out_ += sizeof value;
  }
  void put(std::string_view text) {
    if (!text.empty()) std::memcpy(out_, text.data(), text.size());
    out_ += text.size();
  }
  void put(const Posting& posting) {
    put(posting.from);
    put(posting.to);
    put(posting.amount);
    put(posting.from_after);
    put(posting.to_after);
  }

 private:
  std::uint8_t* out_;
};

constexpr std::size_t kPostingBytes = 2 * sizeof(AccountNumber) + 3 * sizeof(Amount);
constexpr std::uint8_t kHasNode = 0x80;  // Beside the kind.
constexpr std::size_t kFixedBytes = 8 + 8 + 1 + 1 + 4 + 1 + kPostingBytes + 12;

// What of a posting was hashed.
Posting get_posting(ByteReader& bytes) {
  Posting posting;
  posting.from = bytes.get<AccountNumber>();
  posting.to = bytes.get<AccountNumber>();
  posting.amount = bytes.get<Amount>();
  posting.from_after = bytes.get<Amount>();
  posting.to_after = bytes.get<Amount>();
  return posting;
}

// The account's latest entry before a posting of the entry `seq`; `before`: the entry's earlier postings.
Seq latest_of(AccountNumber account, std::span<const Posting> before, Seq seq, const State& state) {
  if (account == 0 || account > state.account_count()) return 0;
  const bool is_touched = std::ranges::any_of(before, [account](const Posting& posting) {
    return posting.from == account || posting.to == account;
  });
  return is_touched ? seq : state.account(account).last_seq;
}

void link(Posting& posting, std::span<const Posting> before, Seq seq, const State& state) {
  posting.from_prev = latest_of(posting.from, before, seq, state);
  posting.to_prev = latest_of(posting.to, before, seq, state);
}

std::string_view get_long_text(ByteReader& bytes) {
  return bytes.get_text<std::uint32_t>(std::numeric_limits<std::uint32_t>::max());
}

}  // namespace

void append_canonical(const Entry& entry, const EntryTexts& texts, std::vector<std::uint8_t>& out) {
  const auto* payment = std::get_if<PaymentBody>(&entry.body);  // Nearly all are.
  const Legs* several = payment == nullptr ? entry.legs() : nullptr;
  const auto legs = several == nullptr || several->postings.size() < 2
                        ? std::span<const Posting>()
                        : std::span<const Posting>(several->postings);
  const std::size_t before = out.size();
  const std::size_t node_bytes = texts.node.empty() ? 0 : 1 + texts.node.size();
  out.resize(before + kFixedBytes + node_bytes + entry.key.size() + legs.size() * kPostingBytes +
             texts.details.size() + texts.metadata.size());
  Packer packer(out.data() + before);
  packer.put(entry.seq);
  packer.put(entry.at.ns);
  const auto kind = static_cast<std::uint8_t>(entry.kind());
  packer.put(static_cast<std::uint8_t>(node_bytes == 0 ? kind : kind | kHasNode));
  packer.put(static_cast<std::uint8_t>(entry.outcome));
  packer.put(entry.author.uid);
  if (node_bytes > 0) {
    packer.put(static_cast<std::uint8_t>(texts.node.size()));
    packer.put(texts.node);
  }
  packer.put(static_cast<std::uint8_t>(entry.key.size()));
  packer.put(entry.key.view());
  if (payment != nullptr) {
    packer.put(payment->posting);
  } else {
    packer.put(entry.row_posting());
  }
  packer.put(static_cast<std::uint32_t>(legs.size()));
  for (const Posting& leg : legs) packer.put(leg);
  packer.put(static_cast<std::uint32_t>(texts.details.size()));
  packer.put(texts.details);
  packer.put(static_cast<std::uint32_t>(texts.metadata.size()));
  packer.put(texts.metadata);
}

CanonicalEntry read_canonical(ByteReader& bytes, const State& state) {
  CanonicalEntry read;
  Entry& entry = read.entry;
  entry.seq = bytes.get<Seq>();
  entry.at = Timestamp{bytes.get<std::int64_t>()};
  const auto kind_and_node = bytes.get<std::uint8_t>();
  const auto kind = static_cast<EntryKind>(kind_and_node & ~kHasNode);
  entry.outcome = static_cast<Rejection>(bytes.get<std::uint8_t>());
  entry.author.uid = bytes.get<std::uint32_t>();
  if ((kind_and_node & kHasNode) != 0) {
    read.texts.node = bytes.get_text<std::uint8_t>(kNodeNameMax);
    if (read.texts.node.empty())
      throw std::runtime_error("it names no node, and says that it does");
    entry.author.node = state.node_number(read.texts.node);
  }
  entry.key = PaymentKey(bytes.get_text<std::uint8_t>(PaymentKey::kBytesMax));
  Posting row = get_posting(bytes);
  // The row of an opening has the account's number, and is no entry of the account.
  if (entry.applied() && kind != EntryKind::account) link(row, {}, entry.seq, state);
  std::vector<Posting> legs;
  for (auto left = bytes.get<std::uint32_t>(); left > 0 && bytes.ok(); --left) {
    Posting leg = get_posting(bytes);
    link(leg, legs, entry.seq, state);
    legs.push_back(leg);
  }
  read.texts.details = get_long_text(bytes);
  read.texts.metadata = get_long_text(bytes);
  if (!bytes.ok()) throw std::runtime_error("it ends in the middle of an entry");
  entry.body = read_body(kind, row, read.texts.details, read.texts.metadata, entry.group);
  if (Legs* several = entry.legs(); several != nullptr && entry.applied()) {
    const auto read_legs = [&legs](std::vector<Posting>& postings) { postings = std::move(legs); };
    fill_legs(read.texts.details, read_legs, *several);
  }
  return read;
}

}  // namespace giro::store
