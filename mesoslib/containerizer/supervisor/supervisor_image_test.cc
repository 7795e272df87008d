#include "mesoslib/containerizer/supervisor/supervisor_image.h"

#include <elf.h>

#include <cstring>

#include "gtest/gtest.h"

namespace mesos {
namespace {

TEST(SupervisorImageTest, NeedsNoInterpreterAndStaysSmall) {
  const absl::string_view image = SupervisorImage();
  ASSERT_GT(image.size(), sizeof(Elf64_Ehdr));
  Elf64_Ehdr header;
  memcpy(&header, image.data(), sizeof(header));
  EXPECT_EQ(memcmp(header.e_ident, ELFMAG, SELFMAG), 0);
  for (int i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    memcpy(&segment, image.data() + header.e_phoff + i * sizeof(segment), sizeof(segment));
    EXPECT_NE(segment.p_type, static_cast<Elf64_Word>(PT_INTERP));
    EXPECT_NE(segment.p_type, static_cast<Elf64_Word>(PT_DYNAMIC));
  }
  EXPECT_LT(image.size(), 2u << 20);
}

}  // namespace
}  // namespace mesos
