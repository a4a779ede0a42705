import { reader, type Service } from '../context.ts';
import { times } from '../range.ts';
import { hoursInWords, need } from './need.ts';

/** https://aws.amazon.com/opensearch-service/pricing */
export const opensearch: Service = {
  rules: {
    'AWS::OpenSearchService::Domain': (resource, context) => {
      const read = reader(resource, context);
      if (read.flag('ClusterConfig.DedicatedMasterEnabled') || read.flag('ClusterConfig.WarmEnabled')) {
        return {
          unknown: 'dedicated masters and warm nodes are not in the price book',
          remedy: 'Leave them out',
        };
      }
      const type = read.text('ClusterConfig.InstanceType', 'm5.large.search');
      const nodes = read.number('ClusterConfig.InstanceCount', 1);
      const hours = context.hours(resource);
      const volume = read.text('EBSOptions.VolumeType', 'gp3');
      const gb = read.flag('EBSOptions.EBSEnabled') ? read.number('EBSOptions.VolumeSize', 10) : 0;
      const stored = times(context.existence(resource), gb * nodes);
      return {
        needs: [
          need(
            'node hours',
            `opensearch.${type}_h`,
            times(hours, nodes),
            `${nodes} ${type} × ${hoursInWords(hours)}`,
          ),
          need('storage', `opensearch.${volume}_gb_mo`, stored, `${nodes} × ${gb} GB of ${volume}`),
        ],
        causes: read.causes,
      };
    },
  },
};
