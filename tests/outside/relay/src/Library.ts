// A list of assets with pages, each asset with pages of its usages, and a campaign that can be fetched again.
import { graphql } from "relay-runtime";

export const library = graphql`
  query LibraryQuery($count: Int!, $cursor: String, $campaign: ID!) {
    ...Library_query @arguments(count: $count, cursor: $cursor)
    node(id: $campaign) {
      __typename
      id
      ...CampaignHeader_campaign @alias
    }
  }
`;

export const assets = graphql`
  fragment Library_query on Query
  @refetchable(queryName: "LibraryPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
    assets(first: $count, after: $cursor) @connection(key: "Library_assets") {
      totalCount
      edges {
        node {
          id
          title
          ...Usages_asset
        }
      }
    }
  }
`;

export const usages = graphql`
  fragment Usages_asset on Asset
  @refetchable(queryName: "UsagesPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 5 }, cursor: { type: "String" }) {
    usages(first: $count, after: $cursor) @connection(key: "Usages_usages") {
      edges {
        node {
          id
          startTime
          delivery {
            id
            name
          }
        }
      }
    }
  }
`;

export const campaign = graphql`
  fragment CampaignHeader_campaign on Campaign @refetchable(queryName: "CampaignHeaderRefetchQuery") {
    name
    brand {
      id
      name
    }
  }
`;
