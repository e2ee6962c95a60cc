<h1>プラグイン管理</h1>
<!--{foreach from=$arrErrors item=error}--><p class="attention"><!--{$error|h}--></p><!--{/foreach}-->
<form method="post" action="?" enctype="multipart/form-data"><input type="hidden" name="transactionid" value="<!--{$transactionid|h}-->" /><input type="hidden" name="mode" value="install" />
<input type="file" name="plugin_file" /><button>インストール</button></form>
<!--{foreach from=$plugins item=plugin}--><div class="plugin" data-code="<!--{$plugin.plugin_code|h}-->" data-id="<!--{$plugin.plugin_id|h}-->" data-enable="<!--{$plugin.enable|h}-->"><!--{$plugin.plugin_name|h}-->
<!--{if $plugin.config_flg}--><a href="../load_plugin_config.php?plugin_id=<!--{$plugin.plugin_id|h}-->">プラグイン設定</a><!--{/if}--></div><!--{/foreach}-->
