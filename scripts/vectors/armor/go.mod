module armorvectors

go 1.23

require github.com/cosmos/cosmos-sdk v0.50.13
