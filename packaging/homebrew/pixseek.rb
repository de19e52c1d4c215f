# Homebrew, on macOS and Linux. Tried: syntax only (`ruby -c`). packaging/fill.sh puts the version and checksums in.
class Pixseek < Formula
  desc "Terminal browser that finds pictures by what is in them"
  homepage "https://github.com/pixseek/pixseek"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "https://github.com/pixseek/pixseek/releases/download/v@VERSION@/pixseek-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256_MAC_ARM@"
    end
    on_intel do
      url "https://github.com/pixseek/pixseek/releases/download/v@VERSION@/pixseek-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256_MAC_X64@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/pixseek/pixseek/releases/download/v@VERSION@/pixseek-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256_LINUX_ARM@"
    end
    on_intel do
      url "https://github.com/pixseek/pixseek/releases/download/v@VERSION@/pixseek-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256_LINUX_X64@"
    end
  end

  def install
    bin.install "pixseek"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/pixseek.bash" => "pixseek"
    zsh_completion.install "completions/_pixseek"
    fish_completion.install "completions/pixseek.fish"
    doc.install "README.md", "CHANGELOG.md", "NOTICE"
  end

  test do
    system bin/"pixseek", "demo", "--write", testpath/"gallery"
    system bin/"pixseek", "index", testpath/"gallery", "--model", "demo", "-q"
    assert_match "red-circle", shell_output("#{bin}/pixseek search -C #{testpath}/gallery --paths -n 1 a red circle")
  end
end
