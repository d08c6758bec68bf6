#include "server/storage/compression.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

std::string Text() {
  std::string text;
  for (uint32_t i = 0; text.size() < 3'000'000; ++i) {
    absl::StrAppend(&text, i * 7919 % 100'003, ",", i % 7, "\n");
  }
  return text;
}

std::string Compress(Compression compression, absl::string_view text) {
  const auto compressor = NewCompressor(compression);
  std::string out;
  const auto sink = [&out](absl::string_view bytes) {
    out.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  };
  while (!text.empty()) {
    EXPECT_TRUE(compressor->Add(text.substr(0, 65'537), sink).ok());
    text.remove_prefix(std::min<size_t>(text.size(), 65'537));
  }
  EXPECT_TRUE(compressor->Finish(sink).ok());
  return out;
}

std::string Unzstd(const std::string& data, size_t bytes) {
  std::string text(bytes + 1, '\0');
  const size_t size =
      ZSTD_decompress(text.data(), text.size(), data.data(), data.size());
  if (ZSTD_isError(size) != 0) return ZSTD_getErrorName(size);
  text.resize(size);
  return text;
}

std::string Gunzip(const std::string& data, size_t bytes) {
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  std::string text(bytes + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(CompressionTest, WhatGoesInComesOut) {
  for (const std::string& text : {Text(), std::string("x"), std::string()}) {
    const std::string zstd = Compress(Compression::kZstd, text);
    EXPECT_TRUE(Unzstd(zstd, text.size()) == text);
    const std::string gzip = Compress(Compression::kGzip, text);
    EXPECT_TRUE(Gunzip(gzip, text.size()) == text);
    if (text.size() > 1000) {
      EXPECT_LT(zstd.size(), text.size() / 2);
      EXPECT_LT(gzip.size(), text.size() / 2);
    }
  }
}

TEST(CompressionTest, ADamagedFileIsNoticed) {
  std::string zstd = Compress(Compression::kZstd, Text());
  zstd[zstd.size() - 2] ^= 1;  // its checksum
  EXPECT_NE(Unzstd(zstd, Text().size()), Text());
}

TEST(CompressionTest, AnErrorOfTheSinkEndsIt) {
  for (const Compression kind : {Compression::kZstd, Compression::kGzip}) {
    const auto compressor = NewCompressor(kind);
    const auto sink = [](absl::string_view) {
      return absl::UnavailableError("planted fault");
    };
    absl::Status status = compressor->Add(Text(), sink);
    if (status.ok()) status = compressor->Finish(sink);
    EXPECT_EQ(status.message(), "planted fault");
  }
}

TEST(CompressionTest, EveryKindHasANameAndAnEnding) {
  EXPECT_EQ(NewCompressor(Compression::kNone), nullptr);
  EXPECT_EQ(CompressionEnding(Compression::kNone), "");
  EXPECT_EQ(CompressionEnding(Compression::kZstd), ".zst");
  EXPECT_EQ(CompressionEnding(Compression::kGzip), ".gz");
  for (const Compression kind :
       {Compression::kNone, Compression::kZstd, Compression::kGzip}) {
    EXPECT_EQ(FindCompression(CompressionName(kind)), kind);
  }
  EXPECT_FALSE(FindCompression("lz4").has_value());
}

}  // namespace
}  // namespace heapd::server
