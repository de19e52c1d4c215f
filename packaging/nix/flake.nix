# Nix: `nix run github:pixseek/pixseek?dir=packaging/nix`. Not tried: there is no Nix on the machine that wrote it.
{
  description = "A terminal browser that finds pictures by what is in them";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      forEach = nixpkgs.lib.genAttrs systems;
    in
    {
      packages = forEach (system:
        let pkgs = nixpkgs.legacyPackages.${system}; in
        {
          default = pkgs.rustPlatform.buildRustPackage {
            pname = "pixseek";
            version = "@VERSION@";
            src = ../..;
            cargoLock.lockFile = ../../Cargo.lock;
            nativeBuildInputs = [ pkgs.installShellFiles ];
            # The other tests open pseudo-terminals and shells.
            cargoTestFlags = [ "--lib" ];
            postInstall = ''
              $out/bin/pixseek man --out man
              installManPage man/*.1
              installShellCompletion --cmd pixseek \
                --bash <($out/bin/pixseek completions bash) \
                --zsh <($out/bin/pixseek completions zsh) \
                --fish <($out/bin/pixseek completions fish)
            '';
            meta = {
              description = "A terminal browser that finds pictures by what is in them";
              homepage = "https://github.com/pixseek/pixseek";
              license = with pkgs.lib.licenses; [ mit asl20 ];
              mainProgram = "pixseek";
            };
          };
        });
    };
}
