module openledger/vectors/dec

go 1.23.0

require cosmossdk.io/math v1.5.3
